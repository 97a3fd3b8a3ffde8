"""First looks: what is read of a scope before any candidate is known."""

from __future__ import annotations

from collections.abc import Iterator

from agent.case import Case
from agent.context import render, render_move
from agent.derive.symptoms import TABLE_STATUS
from agent.objective import Objective
from agent.playbook import Catalogue, Look
from tools.objects import ObjectRef

LARGE = 300
"""Pods in a namespace above which it is read as a table first: 300 pods are about 2.5 MB of JSON."""
TABLE = "-o wide --show-labels"
"""How many pods are listed: a line each, with the labels that Services select by."""
MAX_NAMESPACES = 3
"""Namespaces of a cluster-wide scan that are read closely."""
INDIRECT = ("HorizontalPodAutoscaler", "PodDisruptionBudget")
"""Kinds that alerts name, and that say themselves which workload they are about."""
WORKLOADS = "deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs"


def first_looks(case: Case, catalogue: Catalogue) -> Iterator[Objective]:
    """The first looks in order, whether tried or not; ids are given by the planner."""
    scope = case.incident.scope
    if scope.all_namespaces:
        yield _objective(
            "List the pods of all namespaces.",
            f"kubectl get pods -A {TABLE}",
            ("pod.status", "pod.ready"),
        )
        yield _objective(
            "List the workloads of all namespaces.",
            "kubectl get deployments,statefulsets,daemonsets,jobs -A -o wide",
            ("workload.desired", "workload.ready"),
        )
        yield _objective(
            "List the Services of all namespaces and their endpoints.",
            "kubectl get services,endpointslices -A -o json",
            ("service.selector", "endpoints.ready"),
        )
    for ref in scope.objects:
        if ref.kind in INDIRECT:
            text = f"Read which workload {ref} is about."
            move = f"kubectl get {ref.kind.lower()} {ref.name} -n {ref.namespace} -o json"
            yield _objective(text, move, ("autoscaler.target", "budget.selector"))
    for look in _alert_looks(case, catalogue):
        yield from look
    namespaces = scope.namespaces or suspicious_namespaces(case)
    for namespace in namespaces[: MAX_NAMESPACES if scope.all_namespaces else None]:
        yield from _namespace_looks(case, namespace)


def _alert_looks(case: Case, catalogue: Catalogue) -> Iterator[list[Objective]]:
    names = {alert.name for alert in case.incident.alerts}
    kinds = {ref.kind for ref in case.incident.scope.objects}
    for book in catalogue.playbooks:
        own = {kind for cause in book.causes for kind in cause.applies_to.kinds}
        if not (names & set(book.alerts) or (len(own) == 1 and own & kinds)):
            continue
        for look_id in book.first_looks:
            look = catalogue.looks[look_id]
            for namespace in case.incident.scope.namespaces or [""]:
                yield _render(look, namespace)


def _render(look: Look, namespace: str) -> list[Objective]:
    context = {"ns": namespace}
    moves = [render_move(move, context) for move in look.moves]
    text = render(look.text, context)
    needs_namespace = any("-n" in move.split() for move in moves)
    if needs_namespace and not namespace:
        return []
    return [_objective(text, move, look.wants, look.verbs) for move in moves if move]


def _namespace_looks(case: Case, namespace: str) -> Iterator[Objective]:
    large = _pods(case, namespace) > LARGE
    if large and case.incident.scope.all_namespaces:
        # Its pods and workloads were read in the tables of all namespaces.
        yield _warnings(namespace)
        yield _services(namespace)
        return
    shape = "-o wide" if large else "-o json"
    yield _objective(
        f"See the state of every pod in namespace {namespace}.",
        f"kubectl get pods -n {namespace} {TABLE if large else shape}",
        ("pod.status", "container.state"),
    )
    yield _objective(
        f"See what runs these pods in namespace {namespace}, and whether it is complete.",
        f"kubectl get {'deployments,statefulsets,daemonsets,jobs' if large else WORKLOADS} "
        f"-n {namespace} {shape}",
        ("workload.desired", "workload.ready"),
    )
    if large:
        yield _warnings(namespace)
    else:
        yield _objective(
            f"Read the events of namespace {namespace}.",
            f"kubectl get events -n {namespace} -o json",
            ("event.warning",),
        )
    yield _services(namespace)


def _services(namespace: str) -> Objective:
    return _objective(
        f"List the Services of namespace {namespace} and their endpoints.",
        f"kubectl get services,endpointslices -n {namespace} -o json",
        ("service.selector", "endpoints.ready"),
    )


def _warnings(namespace: str) -> Objective:
    return _objective(
        f"Read the warnings among the events of namespace {namespace}.",
        f"kubectl get events -n {namespace} --field-selector type=Warning -o json",
        ("event.warning",),
    )


def _pods(case: Case, namespace: str) -> int:
    """How many pods a namespace has, as intake counted or as a list of all namespaces shows."""
    listed = case.derivation.index.items(
        ObjectRef(kind="Pod", namespace=namespace, name="*"), "list.names"
    )
    return max(case.intake.counts.get(f"{namespace}/Pod", 0), len(listed))


def suspicious_namespaces(case: Case) -> list[str]:
    """Namespaces in which a cluster-wide list shows something broken, worst first."""
    index = case.derivation.index
    scores: dict[str, int] = {}
    for fact in index.named("pod.status"):
        if isinstance(fact.value, str) and fact.value in TABLE_STATUS and fact.subject.namespace:
            scores[fact.subject.namespace] = scores.get(fact.subject.namespace, 0) + 1
    for fact in index.named("workload.desired"):
        ready = index.number(fact.subject, "workload.ready")
        if isinstance(fact.value, int) and ready < fact.value and fact.subject.namespace:
            scores[fact.subject.namespace] = scores.get(fact.subject.namespace, 0) + 1
    for fact in index.named("workload.broken"):
        if fact.subject.kind == "Service" and fact.subject.namespace:
            scores[fact.subject.namespace] = scores.get(fact.subject.namespace, 0) + 1
    return sorted(scores, key=lambda name: (-scores[name], name))


def _objective(
    text: str, move: str, wants: tuple[str, ...], verbs: tuple[str, ...] = ("get",)
) -> Objective:
    return Objective(id="", text=text, verbs=list(verbs), wants=list(wants), reference_move=move)
