"""The DaemonSet controller: one pod on each node that takes it."""

from __future__ import annotations

import math
from typing import Any

from sandbox.simulator.admission import Denied, create_pod
from sandbox.simulator.conditions import is_ready
from sandbox.simulator.controllers.owned import owned
from sandbox.simulator.controllers.replicaset import pod_of
from sandbox.simulator.controllers.revisions import remember
from sandbox.simulator.deletion import delete, going
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import suffix, template_hash
from sandbox.simulator.placement import selects, tolerates, tolerations_of
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
    if daemons is None or going(daemons):
        return None
    digest = template_hash(daemons["spec"]["template"])
    pods = owned(engine.store, "pods", daemons)
    _remember_revision(engine, daemons, digest, pods)
    refused = _replace_ended(engine, daemons, pods)
    by_node = {_node(pod): pod for pod in pods if not terminal(pod) or going(pod)}
    wanted, may_stay = _eligible(engine, daemons)
    for node in wanted:
        if node not in by_node:
            refused = not _create(engine, daemons, digest, node) or refused
    for node in sorted(set(by_node) - set(may_stay)):
        if not going(by_node[node]):
            _delete(engine, daemons, by_node[node])
    if daemons["spec"]["updateStrategy"]["type"] == "RollingUpdate":
        _replace_outdated(engine, daemons, digest, list(by_node.values()))
    pods = [p for p in owned(engine.store, "pods", daemons) if not terminal(p)]
    on = {node: pod for pod in pods if (node := _node(pod)) in wanted}
    misplaced = len({_node(pod) for pod in pods} - set(wanted))
    engine.set_status(daemons, _status(daemons, digest, on, len(wanted), misplaced))
    return RETRY if refused else None


def _eligible(engine: Engine, daemons: Object) -> tuple[list[str], list[str]]:
    """Nodes that get a pod, and nodes on which one that is there may stay.

    A taint that only keeps new pods away drives none out.
    """
    template = pod_of(daemons["spec"]["template"], daemons, daemons["metadata"]["name"])
    spec = _tolerating(template)["spec"]
    wanted, stay = [], []
    for node in engine.store.list("nodes"):
        if not selects(spec, node):
            continue
        name = node["metadata"]["name"]
        taints = [t for t in node["spec"].get("taints") or [] if t["effect"] == "NoExecute"]
        if all(tolerations_of(spec, taint) for taint in taints):
            stay.append(name)
        if tolerates(spec, node):
            wanted.append(name)
    return wanted, stay


def _replace_ended(engine: Engine, daemons: Object, pods: list[Object]) -> bool:
    """Delete daemon pods that have failed or ended, so that new ones take their places."""
    own = daemons["metadata"]
    for pod in pods:
        if not terminal(pod) or going(pod):
            continue
        name, node = pod["metadata"]["name"], _node(pod)
        what = "failed" if pod["status"]["phase"] == "Failed" else "succeeded"
        text = (
            f"Found {what} daemon pod {own['namespace']}/{name} on node {node}, will try to kill it"
        )
        type_, reason = ("Warning", "FailedDaemonPod") if what == "failed" else (
            "Normal", "SucceededDaemonPod")  # fmt: skip
        engine.event(daemons, type_, reason, text, COMPONENT)
        _delete(engine, daemons, pod)
    return False


def _replace_outdated(engine: Engine, daemons: Object, digest: str, pods: list[Object]) -> None:
    """Rolling update: outdated pods go as far as maxUnavailable allows, those that are down first.

    A pod that cannot go, because its kubelet is silent, counts as down and holds the others up.
    """
    rolling = daemons["spec"]["updateStrategy"].get("rollingUpdate") or {}
    allowed = max(_share(rolling.get("maxUnavailable", 1), len(pods)), 1)
    down = sum(going(p) or (not _outdated(p, digest) and not is_ready(p)) for p in pods)
    outdated = [pod for pod in pods if _outdated(pod, digest) and not going(pod)]
    for pod in sorted(outdated, key=is_ready):
        if is_ready(pod):
            if down >= allowed:
                return
            down += 1
        _delete(engine, daemons, pod)


def _share(value: int | str, of: int) -> int:
    return value if isinstance(value, int) else math.ceil(of * int(value.rstrip("%")) / 100)


def _remember_revision(engine: Engine, daemons: Object, digest: str, pods: list[Object]) -> None:
    labels = {**daemons["spec"]["selector"].get("matchLabels", {})}
    labels["controller-revision-hash"] = digest
    own = daemons["metadata"]["name"]
    used = {p["metadata"]["labels"].get("controller-revision-hash", "") for p in pods}
    remember(engine, daemons, f"{own}-{digest}", labels, {f"{own}-{item}" for item in used})


def _outdated(pod: Object, digest: str) -> bool:
    return bool(pod["metadata"]["labels"].get("controller-revision-hash") != digest)


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
    delete(engine, pod)
    engine.event(daemons, "Normal", "SuccessfulDelete", f"Deleted pod: {name}", COMPONENT)


def _status(
    daemons: Object, digest: str, pods: dict[str, Object], wanted: int, misplaced: int
) -> dict[str, Any]:
    found = pods.values()
    ready = sum(is_ready(pod) for pod in found)
    updated = sum(not _outdated(pod, digest) for pod in found)
    status: dict[str, Any] = {
        "currentNumberScheduled": len(pods),
        "desiredNumberScheduled": wanted,
        "numberMisscheduled": misplaced,
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
