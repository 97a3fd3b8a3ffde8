"""Services: which pods a selector matches, by which label it misses, and ports nobody declares."""

from __future__ import annotations

from collections.abc import Iterable

from agent.derive.derivation import Derivation
from agent.derive.probeports import declared_ports
from tools.fact import Fact
from tools.objects import ObjectRef
from tools.suggest import closest

Labels = dict[str, str]
Labelled = tuple[ObjectRef, Fact, Labels]
"""A pod, the fact that tells its labels, and them."""


def derive_services(derivation: Derivation) -> None:
    """State selector.*, port.mismatch and workload.broken (no-endpoints) of every Service."""
    index = derivation.index
    pods = _PodLabels(
        (pod, fact, _labels(fact))
        for pod in index.objects("Pod")
        if (fact := index.fact(pod, "object.labels")) is not None
        and index.value(pod, "pod.phase") != "Succeeded"
    )
    for service in index.objects("Service"):
        selector_fact = index.fact(service, "service.selector")
        if selector_fact is None or not _labels(selector_fact):
            continue  # endpoints are kept by hand, or it is an ExternalName
        listed = index.fact(
            ObjectRef(kind="Pod", namespace=service.namespace, name="*"), "list.names"
        )
        matching = pods.matching(service.namespace, _labels(selector_fact))
        if listed is not None:
            local = pods.local.get(service.namespace, [])
            _match(derivation, service, selector_fact, matching, local, listed)
        mismatch = _ports(derivation, service, matching)
        _endpoints(derivation, service, selector_fact, mismatch)


class _PodLabels:
    """Pods by label, so that hundreds of Services need not each look at thousands of pods."""

    def __init__(self, pods: Iterable[Labelled]) -> None:
        self.local: dict[str | None, list[Labelled]] = {}
        """Pods by namespace, in reading order."""
        self._by_label: dict[tuple[str | None, str, str], list[Labelled]] = {}
        for entry in pods:
            namespace = entry[0].namespace
            self.local.setdefault(namespace, []).append(entry)
            for key, value in entry[2].items():
                self._by_label.setdefault((namespace, key, value), []).append(entry)

    def matching(self, namespace: str | None, wanted: Labels) -> list[Labelled]:
        """The pods of a namespace that have all the wanted labels (at least one), in reading order."""
        having = (self._by_label.get((namespace, *label), []) for label in wanted.items())
        fewest = min(having, key=len)
        return [entry for entry in fewest if wanted.items() <= entry[2].items()]


def _labels(fact: Fact) -> Labels:
    if not isinstance(fact.value, dict):
        return {}
    return {key: str(value) for key, value in fact.value.items()}


def _endpoints(
    derivation: Derivation, service: ObjectRef, selector: Fact, mismatch: Fact | None
) -> None:
    """Broken without a ready endpoint, and by a target port that nobody declares.

    No endpoint answers a port's name that no container has. A number may well be served undeclared.
    """
    index = derivation.index
    ready = index.fact(service, "endpoints.ready")
    if ready is not None and ready.value == 0:
        idle = index.fact(service, "selector.idle")
        sources = [ready, index.fact(service, "endpoints.not_ready"), selector, idle]
        slug = "scaled-to-zero" if idle else "no-endpoints"
        derivation.state(service, "workload.broken", slug, sources)
    elif mismatch is not None and isinstance(mismatch.value, dict):
        named = isinstance(mismatch.value["wanted"], str)
        slug = "no-endpoints" if named else "wrong-port"
        derivation.state(service, "workload.broken", slug, [mismatch])
    elif ready is not None:
        derivation.state(service, "workload.healthy", True, [ready])


def _match(
    derivation: Derivation,
    service: ObjectRef,
    selector_fact: Fact,
    matching: list[Labelled],
    local: list[Labelled],
    listed: Fact,
) -> None:
    wanted = _labels(selector_fact)
    sources = [selector_fact, listed, *(fact for _, fact, _ in matching[:4])]
    derivation.state(service, "selector.matches", len(matching), sources)
    idle = [] if matching else _idle(derivation, service, wanted)
    if idle:
        names = [f"{ref.kind}/{ref.name}" for ref in idle]
        desired = [derivation.index.fact(ref, "workload.desired") for ref in idle]
        derivation.state(service, "selector.idle", list(names), [selector_fact, *desired])
    roots = dict.fromkeys(derivation.owners.root(pod) for pod, _, _ in matching)
    if roots:
        names = [f"{root.kind}/{root.name}" for root in roots]
        derivation.state(service, "selector.backends", list(names), sources)
        return
    best = _near_miss(service, wanted, local)
    if best is not None:
        pod, fact, key, found = best
        root = derivation.owners.root(pod)
        value = {
            "key": key,
            "wanted": wanted[key],
            "found": found,
            "workload": f"{root.kind}/{root.name}",
        }
        derivation.state(service, "selector.near_miss", value, [selector_fact, fact])


def _idle(derivation: Derivation, service: ObjectRef, wanted: Labels) -> list[ObjectRef]:
    """Workloads scaled to 0 whose pods, if there were any, the selector would match."""
    index = derivation.index
    return [
        ref
        for ref in index.objects("Deployment", "StatefulSet")
        if ref.namespace == service.namespace
        and index.value(ref, "workload.desired") == 0
        and wanted.items() <= index.mapping(ref, "workload.template_labels").items()
    ]


def _near_miss(
    service: ObjectRef, wanted: Labels, pods: list[Labelled]
) -> tuple[ObjectRef, Fact, str, str] | None:
    """The pod that the selector misses by one label, and the closest value of that label.

    Of several such pods the one whose value is spelt most alike wins; a value with nothing in common
    is only taken when the other labels of the selector already agree.
    """
    near: dict[str, tuple[ObjectRef, Fact, str, str]] = {}
    for pod, fact, labels in pods:
        missed = [key for key, value in wanted.items() if labels.get(key) != value]
        if len(missed) == 1 and missed[0] in labels:
            near.setdefault(labels[missed[0]], (pod, fact, missed[0], labels[missed[0]]))
    for value in near:
        key = near[value][2]
        if closest(wanted[key], list(near), 1) == [value]:
            return near[value]
    if near and len(wanted) > 1:
        return next(iter(near.values()))
    by_name = [entry for entry in near.values() if service.name in entry[0].name]
    return by_name[0] if by_name else None


def _ports(derivation: Derivation, service: ObjectRef, matching: list[Labelled]) -> Fact | None:
    """A numeric or named targetPort that no container of the matching pods declares."""
    index = derivation.index
    containers = [ref for pod, *_ in matching for ref in derivation.owners.containers.get(pod, [])]
    declared = [fact for ref in containers if (fact := index.fact(ref, "spec.ports"))]
    numbers, names = declared_ports(declared)
    listening = [fact for ref in containers if (fact := index.fact(ref, "log.listening"))]
    served = numbers | {fact.value for fact in listening if isinstance(fact.value, int)}
    ports_fact = index.fact(service, "service.ports")
    if not numbers or ports_fact is None or not isinstance(ports_fact.value, list):
        return None
    for port in ports_fact.value:
        if not isinstance(port, dict):
            continue
        target = port.get("target_port")
        known = target in names if isinstance(target, str) else target in served
        if target is not None and not known:
            value = {
                "wanted": target,
                "declared": sorted(numbers),
                "what": "targetPort",
                "port": port.get("port"),
            }
            return derivation.state(service, "port.mismatch", value, [ports_fact, *declared[:3]])
    return None
