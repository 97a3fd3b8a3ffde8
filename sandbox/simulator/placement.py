"""Where a pod may run: the scheduler's filters, one node at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sandbox.simulator.demand import demand, terminal
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object, Store

UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"


class Misfit(NamedTuple):
    """Why a node does not take a pod."""

    reasons: tuple[str, ...]
    """In the scheduler's words."""
    hopeless: bool
    """Preemption could not help: the node as such does not fit."""


def misfit(pod: Object, node: Object, running: Sequence[Object]) -> Misfit | None:
    """The first filter that rejects the node, as the scheduler reports it; None when it fits.

    `running` are the pods that hold room on the node.
    """
    spec = pod["spec"]
    if node["spec"].get("unschedulable") and not _tolerated(
        spec, {"key": UNSCHEDULABLE_TAINT, "effect": "NoSchedule"}
    ):
        return Misfit(("node(s) were unschedulable",), hopeless=True)
    if not tolerates(spec, node):
        return Misfit(("node(s) had untolerated taint(s)",), hopeless=True)
    if not selects(spec, node):
        return Misfit(("node(s) didn't match Pod's node affinity/selector",), hopeless=True)
    taken = {port for other in running for port in _host_ports(other["spec"])}
    if any(_clashes(port, other) for port in _host_ports(spec) for other in taken):
        text = "node(s) didn't have free ports for the requested pod ports"
        return Misfit((text,), hopeless=False)
    return _resources(pod, node, running)


class _Port(NamedTuple):
    ip: str
    protocol: str
    number: int


def _host_ports(spec: dict[str, Any]) -> list[_Port]:
    return [
        _Port(port.get("hostIP") or "0.0.0.0", port.get("protocol", "TCP"), port["hostPort"])  # noqa: S104 - any
        for container in spec["containers"]
        for port in container.get("ports") or []
        if port.get("hostPort")
    ]


def _clashes(one: _Port, other: _Port) -> bool:
    same = (one.protocol, one.number) == (other.protocol, other.number)
    return same and (one.ip == other.ip or "0.0.0.0" in (one.ip, other.ip))  # noqa: S104 - any address


def selects(spec: dict[str, Any], node: Object) -> bool:
    """Whether a node satisfies nodeSelector and the required node affinity."""
    labels = node["metadata"].get("labels", {})
    if any(labels.get(k) != v for k, v in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or satisfies(required, node)


def satisfies(selector: dict[str, Any], node: Object) -> bool:
    """Whether a node satisfies a NodeSelector: one of its terms."""
    labels = node["metadata"].get("labels", {})
    return any(_term(term, node, labels) for term in selector.get("nodeSelectorTerms", []))


def tolerates(spec: dict[str, Any], node: Object) -> bool:
    """Whether a pod tolerates every taint of a node that keeps pods away."""
    return all(
        _tolerated(spec, taint)
        for taint in node["spec"].get("taints") or []
        if taint["effect"] != "PreferNoSchedule" and taint["key"] != UNSCHEDULABLE_TAINT
    )


def free(store: Store, node: Object, resource: str) -> Any:
    """What is left of a node's allocatable resource."""
    used = sum(
        demand(pod["spec"], resource)
        for pod in store.list("pods")
        if pod["spec"].get("nodeName") == node["metadata"]["name"] and not terminal(pod)
    )
    return number(node["status"]["allocatable"].get(resource, "0")) - used


def _term(term: dict[str, Any], node: Object, labels: dict[str, str]) -> bool:
    """A nodeSelectorTerm: all of its expressions; an empty one matches nothing."""
    fields = {"metadata.name": node["metadata"]["name"]}
    wants = [(item, labels) for item in term.get("matchExpressions", [])]
    wants += [(item, fields) for item in term.get("matchFields", [])]
    return bool(wants) and all(_expression(item, values) for item, values in wants)


def _expression(item: dict[str, Any], labels: dict[str, str]) -> bool:
    value, wanted = labels.get(item["key"]), item.get("values", [])
    match item["operator"]:
        case "In":
            return value in wanted
        case "NotIn":
            return value not in wanted
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt" if value is not None and value.lstrip("-").isdecimal():
            more = int(value) - int(wanted[0])
            return bool(more > 0 if item["operator"] == "Gt" else more < 0)
    return False


def tolerations_of(spec: dict[str, Any], taint: dict[str, Any]) -> list[dict[str, Any]]:
    """The tolerations of a pod that match a taint."""
    return [item for item in spec.get("tolerations") or [] if _matches(item, taint)]


def _tolerated(spec: dict[str, Any], taint: dict[str, Any]) -> bool:
    return bool(tolerations_of(spec, taint))


def _matches(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    own = (toleration.get("key"), toleration.get("value") or "")
    return own == (taint["key"], taint.get("value") or "")


def _resources(pod: Object, node: Object, running: Sequence[Object]) -> Misfit | None:
    allocatable = node["status"]["allocatable"]
    reasons = []
    hopeless = False
    if len(running) >= int(allocatable.get("pods", "0")):
        reasons.append("Too many pods")
    for resource in _asked(pod["spec"]):
        wanted = demand(pod["spec"], resource)
        total = number(allocatable.get(resource, "0"))
        used = sum(demand(other["spec"], resource) for other in running)
        if wanted and wanted > total - used:
            reasons.append(f"Insufficient {resource}")
            hopeless = hopeless or wanted > total
    return Misfit(tuple(reasons), hopeless) if reasons else None


def _asked(spec: dict[str, Any]) -> list[str]:
    """Resources that a pod asks for: CPU and memory first, then the rest by name."""
    names = {
        name
        for container in [*spec.get("initContainers", []), *spec["containers"]]
        for name in container.get("resources", {}).get("requests", {})
    }
    return ["cpu", "memory", *sorted(names - {"cpu", "memory"})]
