"""Displacement: pods that made room for others, budgets that let none go, namespaces that do not end."""

from __future__ import annotations

from agent.derive.derivation import Derivation
from agent.derive.moments import cluster_now, seconds_since
from agent.derive.symptoms import OVERDUE_SECONDS
from tools.fact import Fact
from tools.objects import ObjectRef


def derive_displaced(derivation: Derivation) -> None:
    """State workload.preempted, budget.blocks, and the symptoms of budgets and namespaces."""
    _preempted(derivation)
    for budget in derivation.index.objects("PodDisruptionBudget"):
        _budget(derivation, budget)
    for namespace in derivation.index.objects("Namespace"):
        _namespace(derivation, namespace)


def _preempted(derivation: Derivation) -> None:
    """Pods that are gone are known by their events alone; their names tell whose they were."""
    index, owners = derivation.index, derivation.owners
    found: dict[ObjectRef, list[Fact]] = {}
    for fact in index.named("pod.preempted"):
        workload = owners.root(fact.subject)
        if workload != fact.subject:
            found.setdefault(workload, []).append(fact)
    uids = {fact.value: fact for fact in index.named("pod.uid")} if found else {}
    for workload, facts in found.items():
        last = facts[-1].value if isinstance(facts[-1].value, dict) else {}
        value: dict[str, object] = {"pods": len({fact.subject for fact in facts})}
        value["node"] = last.get("node")
        sources: list[Fact | None] = [*facts]
        if (uid := uids.get(last.get("by"))) is not None:
            winner = owners.root(uid.subject)
            value["winner"] = f"{winner.kind}/{winner.name}"
            value["other"] = index.number(uid.subject, "pod.priority")
            sources += [uid, index.fact(uid.subject, "pod.priority")]
        own = [f for pod in owners.pods.get(workload, []) if (f := index.fact(pod, "pod.priority"))]
        value["priority"] = own[0].value if own else 0
        derivation.state(workload, "workload.preempted", value, [*sources, *own[:1]])


def counted(derivation: Derivation, budget: ObjectRef) -> list[ObjectRef]:
    """The pods that a budget counts, as far as they were read."""
    index = derivation.index
    selector = index.mapping(budget, "budget.selector").items()
    return [
        pod
        for pod in index.objects("Pod")
        if selector
        and pod.namespace == budget.namespace
        and selector <= index.mapping(pod, "object.labels").items()
    ]


def _budget(derivation: Derivation, budget: ObjectRef) -> None:
    index = derivation.index
    names = ("healthy", "desired", "expected", "allowed")
    facts = [index.fact(budget, f"budget.{name}") for name in names]
    if not all(facts):
        return
    healthy, desired, expected, allowed = (index.number(budget, f"budget.{name}") for name in names)
    if healthy < desired:
        derivation.state(budget, "workload.broken", "budget-unmet", facts)
    elif expected > 0 and allowed == 0:
        derivation.state(budget, "workload.broken", "budget-shut", facts)
        cordoned = {n.name: n for n in index.objects("Node") if index.value(n, "node.cordoned")}
        held: dict[str, Fact | None] = {}
        for pod in counted(derivation, budget):
            node = index.value(pod, "pod.node")
            if isinstance(node, str) and node in cordoned:
                held.setdefault(node, index.fact(pod, "pod.node"))
        if held:
            flags = [index.fact(cordoned[name], "node.cordoned") for name in held]
            derivation.state(budget, "budget.blocks", sorted(held), [*held.values(), *flags])
    else:
        derivation.state(budget, "workload.healthy", True, facts)


def _namespace(derivation: Derivation, namespace: ObjectRef) -> None:
    """A deletion that takes minutes has something to wait for."""
    index = derivation.index
    phase = index.fact(namespace, "namespace.phase")
    if phase is None or phase.value != "Terminating":
        return
    told = [index.fact(namespace, f"namespace.{n}") for n in ("finalizers", "remaining", "failure")]
    deleted = index.fact(namespace, "object.deleted_at")
    late = seconds_since(index, deleted.value if deleted else None, cluster_now(index))
    if any(told) or (late is not None and late > OVERDUE_SECONDS):
        derivation.state(namespace, "workload.broken", "namespace-stuck", [phase, deleted, *told])
