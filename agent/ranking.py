"""Ranking: which broken things an incident is about, and which of them to explain first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from agent.case import Case
from agent.derive.derivation import Derivation
from agent.derive.symptoms import SEVERITY
from agent.index import FactIndex
from agent.judgement import applies
from agent.playbook import Catalogue
from agent.views import NO_DNS, View
from tools.objects import ObjectRef

QUIET = ("wrong-port", "scaled-to-zero", "suspended", "budget-unmet", "budget-shut")
"""Symptoms of what may well be meant: news for who asks about it, and for alerts of its family."""
NEVER_MEANT = ("wrong-port", "budget-unmet")
"""Of these, what nobody wants: a scan that finds nothing else must not say that all is well."""
NODE_TAINTS = {
    "node-not-ready": ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"),
    "node-pressure": (
        "node.kubernetes.io/memory-pressure",
        "node.kubernetes.io/disk-pressure",
        "node.kubernetes.io/pid-pressure",
    ),
}
"""Symptom of a node -> the taints by which the control plane keeps pods away from it."""
UNANSWERED = ("refused", "timeout", "servfail", "unavailable")
"""What a program's resolver says when no DNS server has answered it."""
LOST = ("not-ready", "terminating", "failed", "creating")
"""Symptoms of a pod whose node is gone."""


class Ranked(NamedTuple):
    """Views split by whether the incident is about them."""

    related: list[View]
    """Candidates, the one to explain first in front."""
    others: list[View]
    """Broken too, but not what was asked."""
    targets: list[ObjectRef]
    """Objects the incident names, with their owners; empty when it names none."""


def rank(case: Case, catalogue: Catalogue) -> Ranked:
    """Order the case's views for its incident."""
    targets = target_objects(case)
    alerts = [alert.name for alert in case.incident.alerts]
    families = {family for name in alerts for family in catalogue.families_of_alert(name)}
    fitting = [
        cause for book, cause in catalogue.causes() if not families or book.family in families
    ]

    def asked(view: View) -> bool:
        return bool(families) and any(applies(cause, view) for cause in fitting)

    related = [view for view in case.views if _is_about(view, targets, case, asked(view))]
    if not related and case.incident.trigger == "scan":
        # Nothing graver in a look over the scope: what is broken and nobody asked about is the answer.
        related = [
            view
            for view in case.views
            if view.symptom in NEVER_MEANT and _is_about(view, targets, case, asked=True)
        ]
    reached = related
    while reached:
        # By identity: comparing hundreds of views with each other takes seconds.
        known = {id(view) for view in related}
        reached = [
            view
            for view in case.views
            if id(view) not in known and any(blames(by, view, case.derivation) for by in reached)
        ]
        related = [*related, *reached]

    def key(view: View) -> tuple[int, int, int, int, str]:
        blamed = any(blames(view, other, case.derivation) for other in related if other is not view)
        fits = any(applies(cause, view) for cause in fitting)
        container = case.incident.scope.container
        named = container is not None and _shows(view, container, case.derivation)
        severity = SEVERITY.index(view.symptom) if view.symptom in SEVERITY else len(SEVERITY)
        return (int(blamed), int(not named), int(not fits), severity, str(view.object))

    related = sorted(related, key=key)
    known = {id(view) for view in related}
    others = [view for view in case.views if id(view) not in known]
    return Ranked(related, others, targets)


def target_objects(case: Case) -> list[ObjectRef]:
    """The named objects, their owners, and what stands right behind or before them."""
    derivation = case.derivation
    index, owners = derivation.index, derivation.owners
    found: dict[ObjectRef, None] = {}
    for ref in case.incident.scope.objects:
        found[ref.whole()] = None
        found[owners.root(ref)] = None
        if ref.kind == "Service":
            for backend in index.items(ref, "selector.backends"):
                kind, _, name = str(backend).partition("/")
                found[ObjectRef(kind=kind, namespace=ref.namespace, name=name)] = None
        if ref.kind == "PersistentVolumeClaim":
            for pod in index.objects("Pod"):
                volumes = index.items(pod, "pod.volumes")
                if any(isinstance(v, dict) and v.get("ref") == ref.name for v in volumes):
                    found[owners.root(pod)] = None
        if ref.kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
            found |= dict.fromkeys(_scaled(case, ref))
        if ref.kind == "ResourceQuota":
            for fact in index.named("create.denied"):
                if isinstance(fact.value, dict) and fact.value.get("quota") == ref.name:
                    found[owners.root(fact.subject)] = None
    return list(found)


def _scaled(case: Case, ref: ObjectRef) -> list[ObjectRef]:
    """The workloads that an autoscaler scales, or that a disruption budget counts."""
    return _counted(case.derivation, ref)


def _counted(derivation: Derivation, ref: ObjectRef) -> list[ObjectRef]:
    index = derivation.index
    target, selector = index.value(ref, "autoscaler.target"), index.mapping(ref, "budget.selector")
    return [
        workload
        for workload in derivation.owners.workloads()
        if workload.namespace == ref.namespace
        and (
            f"{workload.kind}/{workload.name}" == target
            or (
                selector
                and selector.items() <= index.mapping(workload, "workload.template_labels").items()
            )
        )
    ]


def _is_about(view: View, targets: list[ObjectRef], case: Case, asked: bool) -> bool:
    """Whether the incident means this view; `asked` when its alerts are of a family that fits."""
    scope = case.incident.scope
    if targets:
        return view.object in targets or any(pod in targets for pod in view.pods)
    if view.symptom in QUIET and not asked:
        return False
    if scope.container is not None and _container_exists(case.derivation, scope.container):
        return _has_container(view, scope.container, case.derivation)
    if view.object.kind == "Namespace":
        return scope.all_namespaces or view.object.name in scope.namespaces
    if view.object.namespace is None:
        # A cordoned or ill node is news for a scan of the cluster or a node alert, not for a namespace.
        return scope.all_namespaces or any("Node" in alert.name for alert in case.incident.alerts)
    return scope.all_namespaces or view.object.namespace in scope.namespaces


def _container_exists(derivation: Derivation, name: str) -> bool:
    return any(ref.container == name for ref in derivation.index.subjects("Pod"))


def _shows(view: View, container: str, derivation: Derivation) -> bool:
    """Whether it is this container that the view is about."""
    if view.container is not None:
        return view.container.container == container
    return _has_container(view, container, derivation)


def _has_container(view: View, name: str, derivation: Derivation) -> bool:
    refs = [view.object, *view.pods, *derivation.owners.sets.get(view.object, [])]
    return any(
        container.container == name
        for ref in refs
        for container in derivation.owners.containers.get(ref, [])
    )


def follows(view: View, unexplained: Iterable[View], derivation: Derivation) -> bool:
    """Whether a view only passes on what another, not yet explained one does: no cause of its own."""
    return any(blames(view, other, derivation) for other in unexplained)


def blames(view: View, other: View, derivation: Derivation) -> bool:
    """Whether the first view fails because of the second: its backends, claim or what it calls."""
    if view.object == other.object:
        return False
    if other.object.kind == "Node":
        return _blames_node(view, other)
    if other.symptom == "budget-shut":
        # A node that is being emptied waits for the budget; what else is wrong does not.
        blocked = derivation.index.items(other.object, "budget.blocks")
        return view.symptom == "cordoned" and view.object.name in blocked
    if view.object.kind == "PodDisruptionBudget":
        return other.object in _counted(derivation, view.object)
    if other.symptom == NO_DNS:
        told = view.data.get("log", {})
        dns = told.get("unreachable", {}).get("cause") == "dns"
        return dns and told.get("resolver", {}).get("answer") in UNANSWERED
    same = view.object.namespace == other.object.namespace
    name = f"{other.object.kind}/{other.object.name}"
    if view.object.kind == "Service":
        return same and name in derivation.index.items(view.object, "selector.backends")
    hosts = []
    for fact_name in ("log.unreachable", "log.waiting_for"):
        for fact in view.facts.get(fact_name, [])[-1:]:
            host = fact.value.get("host") if isinstance(fact.value, dict) else fact.value
            hosts += [str(host), str(host).split(".")[0]]
    if not same or not hosts:  # before the services are looked over: views come in hundreds
        return False
    index = derivation.index
    if other.object.kind == "Service":
        return _called(index, other.object, hosts)
    return any(
        _called(index, ref, hosts)
        for ref in index.objects("Service")
        if ref.namespace == other.object.namespace and name in index.items(ref, "selector.backends")
    )


def _called(index: FactIndex, service: ObjectRef, hosts: Collection[str]) -> bool:
    """Whether a program calls a Service by name, or by the address that its name had been given."""
    return service.name in hosts or index.value(service, "service.address") in hosts


def _blames_node(view: View, node: View) -> bool:
    """Whether pods are lost with their node, or kept away from nodes by the taint of such a one."""
    if node.symptom == "node-not-ready" and view.symptom in LOST and node.object in view.layers:
        return True
    taints: set[str] = set()
    for fact in view.facts.get("schedule.failed", [])[-1:]:
        value = fact.value.get("taints") if isinstance(fact.value, dict) else None
        taints = set(value) if isinstance(value, dict) else set()
    return bool(taints.intersection(NODE_TAINTS.get(node.symptom, ())))
