"""The DaemonSet controller: one pod on each node that takes it."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.admission import Denied, create_pod
from sandbox.simulator.controllers.owned import is_ready, owned
from sandbox.simulator.controllers.replicaset import pod_of
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import suffix, template_hash
from sandbox.simulator.placement import selects, tolerates
from sandbox.simulator.store import Object

COMPONENT = "daemonset-controller"
RETRY = 15.0
"""Seconds until a refused pod is tried again."""
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
"""Taints that every daemon pod tolerates."""


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """One pod of the current template on every eligible node, and the status."""
    daemons = engine.store.get("apps/daemonsets", namespace, name)
    if daemons is None:
        return None
    digest = template_hash(daemons["spec"]["template"])
    by_node = {_node(pod): pod for pod in owned(engine.store, "pods", daemons) if not terminal(pod)}
    probe = _tolerating(pod_of(daemons["spec"]["template"], daemons, name))
    wanted = [
        node["metadata"]["name"]
        for node in engine.store.list("nodes")
        if selects(probe["spec"], node) and tolerates(probe["spec"], node)
    ]
    refused = False
    for node in wanted:
        pod = by_node.get(node)
        if pod is None:
            refused = not _create(engine, daemons, digest, node) or refused
        elif _outdated(pod, digest) and _may_go(pod, by_node):
            _delete(engine, daemons, pod)
            break
    for node in set(by_node) - set(wanted):
        _delete(engine, daemons, by_node[node])
    pods = owned(engine.store, "pods", daemons)
    engine.set_status(daemons, _status(daemons, digest, pods, len(wanted)))
    return RETRY if refused else None


def _outdated(pod: Object, digest: str) -> bool:
    return bool(pod["metadata"]["labels"].get("controller-revision-hash") != digest)


def _may_go(pod: Object, by_node: dict[str, Object]) -> bool:
    """One pod may be down at a time; one that is down anyway may always be replaced."""
    return not is_ready(pod) or all(is_ready(other) for other in by_node.values())


def _node(pod: Object) -> str:
    """The node a daemon pod is for: where it is, else what its affinity names."""
    spec = pod["spec"]
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return str(terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])


def _tolerating(pod: Object) -> Object:
    tolerations = pod["spec"].setdefault("tolerations", [])
    for key, effect in _TOLERATED:
        tolerations.append({"effect": effect, "key": key, "operator": "Exists"})
    return pod


def _create(engine: Engine, daemons: Object, digest: str, node: str) -> bool:
    own = daemons["metadata"]["name"]
    serial = engine.count("pod-name", daemons["metadata"]["uid"])
    name = f"{own}-{suffix(engine.seed, own, serial)}"
    pod = _tolerating(pod_of(daemons["spec"]["template"], daemons, name))
    pod["metadata"]["generateName"] = f"{own}-"
    labels = {**pod["metadata"].get("labels", {}), "controller-revision-hash": digest}
    pod["metadata"]["labels"] = {**labels, "pod-template-generation": "1"}
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    terms = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    pod["spec"]["affinity"] = {**pod["spec"].get("affinity", {}), "nodeAffinity": required}
    answer = create_pod(engine, pod)
    if isinstance(answer, Denied):
        text = f"Error creating: {answer.message}"
        engine.event(daemons, "Warning", "FailedCreate", text, COMPONENT)
        return False
    engine.event(daemons, "Normal", "SuccessfulCreate", f"Created pod: {name}", COMPONENT)
    return True


def _delete(engine: Engine, daemons: Object, pod: Object) -> None:
    name = pod["metadata"]["name"]
    engine.store.delete("pods", pod["metadata"]["namespace"], name)
    engine.event(daemons, "Normal", "SuccessfulDelete", f"Deleted pod: {name}", COMPONENT)


def _status(daemons: Object, digest: str, pods: list[Object], wanted: int) -> dict[str, Any]:
    ready = sum(is_ready(pod) for pod in pods)
    updated = sum(p["metadata"]["labels"].get("controller-revision-hash") == digest for p in pods)
    status: dict[str, Any] = {
        "currentNumberScheduled": len(pods),
        "desiredNumberScheduled": wanted,
        "numberMisscheduled": 0,
        "numberReady": ready,
        "observedGeneration": daemons["metadata"].get("generation", 1),
    }
    numbers = {
        "numberAvailable": ready,
        "numberUnavailable": wanted - ready,
        "updatedNumberScheduled": updated,
    }
    status.update({name: value for name, value in numbers.items() if value})
    return dict(sorted(status.items()))
