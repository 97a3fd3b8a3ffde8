"""Where a pod may run beside others: topology spread, affinity and anti-affinity between pods.

Messages are those of the scheduler's PodTopologySpread and InterPodAffinity plugins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sandbox.simulator.deletion import going
from sandbox.simulator.placement import Misfit, selects, tolerates
from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.store import Object, Store

SPREAD = "node(s) didn't match pod topology spread constraints"
AFFINITY = "node(s) didn't match pod affinity rules"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


class Placed(NamedTuple):
    """A pod on a node, or promised to one."""

    node: str
    pod: Object


def misfit(
    store: Store, pod: Object, node: Object, nodes: Sequence[Object], placed: Sequence[Placed]
) -> Misfit | None:
    """The first rule about neighbours that keeps a pod off a node; None when there is none."""
    return _spread(pod, node, nodes, placed) or _affinity(store, pod, node, nodes, placed)


def _spread(
    pod: Object, node: Object, nodes: Sequence[Object], placed: Sequence[Placed]
) -> Misfit | None:
    constraints = [
        item
        for item in pod["spec"].get("topologySpreadConstraints") or []
        if item.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"
    ]
    keys = [item["topologyKey"] for item in constraints]
    for item in constraints:
        domain = _labels(node).get(item["topologyKey"])
        if domain is None:
            return Misfit((f"{SPREAD} (missing required label)",), hopeless=True)
        counts = _counts(pod, item, keys, nodes, placed)
        least = min(counts.values(), default=0)
        if len(counts) < item.get("minDomains", 1):
            least = 0
        own = _selects(item, pod, pod)
        if counts.get(domain, 0) + own - least > item["maxSkew"]:
            return Misfit((SPREAD,), hopeless=False)
    return None


def _counts(
    pod: Object,
    item: dict[str, Any],
    keys: list[str],
    nodes: Sequence[Object],
    placed: Sequence[Placed],
) -> dict[str, int]:
    """Matching pods by domain, over the nodes that the constraint counts."""
    domains = {}
    for node in nodes:
        labels = _labels(node)
        counted = all(key in labels for key in keys)
        if item.get("nodeAffinityPolicy", "Honor") == "Honor":
            counted = counted and selects(pod["spec"], node)
        if item.get("nodeTaintsPolicy", "Ignore") == "Honor":
            counted = counted and tolerates(pod["spec"], node)
        if counted:
            domains[node["metadata"]["name"]] = str(labels[item["topologyKey"]])
    counts = dict.fromkeys(domains.values(), 0)
    for found in placed:
        here = found.node in domains and not going(found.pod)
        same = found.pod["metadata"]["namespace"] == pod["metadata"]["namespace"]
        if here and same and _selects(item, found.pod, pod):
            counts[domains[found.node]] += 1
    return counts


def _selects(item: dict[str, Any], other: Object, pod: Object) -> bool:
    labels = other["metadata"].get("labels") or {}
    own = pod["metadata"].get("labels") or {}
    keys = item.get("matchLabelKeys") or []
    if any(labels.get(key) != own[key] for key in keys if key in own):
        return False
    return label_selector_matches(item.get("labelSelector"), labels)


def _affinity(
    store: Store, pod: Object, node: Object, nodes: Sequence[Object], placed: Sequence[Placed]
) -> Misfit | None:
    wanted = _terms(pod, "podAffinity")
    unmet = [term for term in wanted if not _near(store, term, pod, node, nodes, placed)]
    if unmet and not _first_of_its_kind(store, pod, wanted, node, placed):
        return Misfit((AFFINITY,), hopeless=True)
    for term in _terms(pod, "podAntiAffinity"):
        if _near(store, term, pod, node, nodes, placed):
            return Misfit((ANTI_AFFINITY,), hopeless=False)
    domains = {item["metadata"]["name"]: _labels(item) for item in nodes}
    for found in placed:
        for term in _terms(found.pod, "podAntiAffinity"):
            key = term["topologyKey"]
            there = domains.get(found.node, {}).get(key)
            same = there is not None and there == _labels(node).get(key)
            if same and _matches(store, term, found.pod, pod):
                return Misfit((EXISTING,), hopeless=False)
    return None


def _near(
    store: Store,
    term: dict[str, Any],
    pod: Object,
    node: Object,
    nodes: Sequence[Object],
    placed: Sequence[Placed],
) -> bool:
    """Whether a pod that a term means runs in the node's domain."""
    key = term["topologyKey"]
    domain = _labels(node).get(key)
    if domain is None:
        return False
    inside = {item["metadata"]["name"] for item in nodes if _labels(item).get(key) == domain}
    return any(found.node in inside and _matches(store, term, pod, found.pod) for found in placed)


def _first_of_its_kind(
    store: Store,
    pod: Object,
    terms: Sequence[dict[str, Any]],
    node: Object,
    placed: Sequence[Placed],
) -> bool:
    """A pod that wants to be near its own kind may be the first, where the labels exist."""
    if any(term["topologyKey"] not in _labels(node) for term in terms):
        return False
    others = any(_matches(store, term, pod, found.pod) for term in terms for found in placed)
    return not others and all(_matches(store, term, pod, pod) for term in terms)


def _matches(store: Store, term: dict[str, Any], owner: Object, other: Object) -> bool:
    """Whether a term of `owner` means `other`."""
    namespace = other["metadata"]["namespace"]
    names = term.get("namespaces") or []
    selector = term.get("namespaceSelector")
    if selector is not None:
        found = store.get("namespaces", None, namespace) or {"metadata": {}}
        inside = label_selector_matches(selector, found["metadata"].get("labels") or {})
        inside = inside or namespace in names
    else:
        inside = namespace in (names or [owner["metadata"]["namespace"]])
    return inside and _selects(term, other, owner)


def _terms(pod: Object, kind: str) -> list[dict[str, Any]]:
    affinity = (pod["spec"].get("affinity") or {}).get(kind) or {}
    return list(affinity.get(_REQUIRED) or [])


def _labels(node: Object) -> dict[str, str]:
    found: dict[str, str] = node["metadata"].get("labels") or {}
    return found


def placed_pods(store: Store, pod: Object) -> Iterator[Placed]:
    """The pods that count where this one is placed: on nodes, or promised to one before it.

    A pod that preempts keeps its claim on the node against those of lower priority.
    """
    priority = pod["spec"].get("priority", 0)
    for other in store.list("pods"):
        if (other.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            continue
        node = other["spec"].get("nodeName")
        if node:
            yield Placed(node, other)
            continue
        promised = (other.get("status") or {}).get("nominatedNodeName")
        mine = other["metadata"]["uid"] == pod["metadata"]["uid"]
        if promised and not mine and other["spec"].get("priority", 0) >= priority:
            yield Placed(promised, other)
