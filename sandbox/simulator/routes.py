"""Which controllers a change concerns: the watches of a control plane."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator import lifecycle, quotas, scheduler
from sandbox.simulator.clock import Task
from sandbox.simulator.conditions import is_ready
from sandbox.simulator.controllers import (
    claims,
    cronjob,
    daemonset,
    deployment,
    endpoints,
    hpa,
    job,
    replicaset,
    statefulset,
    volumes,
)
from sandbox.simulator.controllers.claims import claim_names
from sandbox.simulator.controllers.owned import controller_of
from sandbox.simulator.deletion import going
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine, Reconcile
from sandbox.simulator.kubelet import disks
from sandbox.simulator.kubelet import pod as kubelet
from sandbox.simulator.kubelet.dependencies import soft
from sandbox.simulator.store import Change, Object

CONTROLLERS: dict[str, Reconcile] = {
    "deployment": deployment.reconcile,
    "replicaset": replicaset.reconcile,
    "statefulset": statefulset.reconcile,
    "daemonset": daemonset.reconcile,
    "job": job.reconcile,
    "endpoints": endpoints.reconcile,
    "claim": claims.reconcile,
    "volume": volumes.reconcile,
    "cronjob": cronjob.reconcile,
    "hpa": hpa.reconcile,
    "quota": quotas.reconcile,
    "scheduler": scheduler.reconcile,
    "kubelet": kubelet.sync,
    **lifecycle.CONTROLLERS,
}
"""Every controller by name."""

WORKLOADS = {
    "apps/deployments": "deployment",
    "apps/replicasets": "replicaset",
    "apps/statefulsets": "statefulset",
    "apps/daemonsets": "daemonset",
    "batch/jobs": "job",
    "services": "endpoints",
    "persistentvolumeclaims": "claim",
    "persistentvolumes": "volume",
    "resourcequotas": "quota",
    "batch/cronjobs": "cronjob",
    "autoscaling/horizontalpodautoscalers": "hpa",
}
_KINDS = {
    "Deployment": "deployment",
    "ReplicaSet": "replicaset",
    "StatefulSet": "statefulset",
    "DaemonSet": "daemonset",
    "Job": "job",
    "CronJob": "cronjob",
}
NETWORK = frozenset(
    (
        "discovery.k8s.io/endpointslices",
        "endpoints",
        "namespaces",
        "networking.k8s.io/networkpolicies",
        "secrets",
        "services",
    )
)
"""What decides whether programs reach each other, apart from pods."""
SCALED = frozenset(("apps/deployments", "apps/replicasets", "apps/statefulsets"))
"""What an autoscaler looks at, apart from pods; it notices at its next look."""
LATENCY = 0.02
"""Seconds until a controller acts on a change."""
KUBELET_LATENCY = 0.15
"""Seconds until a kubelet does."""


def route(engine: Engine, change: Change) -> Iterator[tuple[float, Task]]:
    """The tasks that a change brings."""
    meta = change.object["metadata"]
    namespace, name = meta.get("namespace", ""), meta["name"]
    if change.key in WORKLOADS and not _is_echo(change):
        yield LATENCY, Task(WORKLOADS[change.key], namespace, name)
    owner = controller_of(change.object)
    if owner is not None and owner["kind"] in _KINDS:
        yield LATENCY, Task(_KINDS[owner["kind"]], namespace, owner["name"])
    if change.key == "pods":
        yield from _pod(engine, change, namespace, name)
    elif change.key == "persistentvolumeclaims":
        yield from _unplaced(engine, namespace)
    elif change.key == "nodes" and lifecycle.placement_changed(change):
        yield from _unplaced(engine, "")
        for item in engine.store.list("apps/daemonsets"):
            at = item["metadata"]
            yield LATENCY, Task("daemonset", at["namespace"], at["name"])
    elif change.key in ("storage.k8s.io/storageclasses", "persistentvolumes"):
        for item in engine.store.list("persistentvolumeclaims"):
            yield LATENCY, Task("claim", item["metadata"]["namespace"], item["metadata"]["name"])
    if change.key in NETWORK or (change.key == "pods" and _is_moved(change)):
        yield from _waiting(engine)
    if change.key in ("storage.k8s.io/storageclasses", "persistentvolumes"):
        yield from _unplaced(engine, "")
    if change.key == "persistentvolumeclaims":
        yield from _users(engine, change)
        if change.object["spec"].get("volumeName"):
            yield LATENCY, Task("volume", "", change.object["spec"]["volumeName"])
    if change.key in SCALED or (change.key == "pods" and _is_moved(change)):
        for item in engine.store.list(hpa.KEY, namespace):
            yield hpa.PERIOD, Task("hpa", namespace, item["metadata"]["name"])
    if change.key == "pods" or (change.type != "MODIFIED" and namespace and change.key != "events"):
        for quota in engine.store.list("resourcequotas", namespace):
            yield LATENCY, Task("quota", namespace, quota["metadata"]["name"])
    yield from lifecycle.routes(engine, change)


def _pod(engine: Engine, change: Change, namespace: str, name: str) -> Iterator[tuple[float, Task]]:
    pod = change.object
    if change.type == "DELETED":
        record = engine.pods.pop(pod["metadata"]["uid"], None)
        for container in record.containers.values() if record else ():
            if container.run is not None:
                disks.end(engine, container.run)
        yield from _unplaced(engine, "")
    elif _is_news(change):
        if pod["spec"].get("nodeName"):
            yield KUBELET_LATENCY, Task("kubelet", namespace, name)
        else:
            yield LATENCY, Task("scheduler", namespace, name)
    if change.previous is not None and terminal(pod) and not terminal(change.previous):
        yield from _unplaced(engine, "")
    for service in engine.store.list("services", namespace):
        yield LATENCY, Task("endpoints", namespace, service["metadata"]["name"])
    if change.type == "DELETED" or terminal(pod) or _is_moved(change):
        for claim in claim_names(pod):
            yield LATENCY, Task("claim", namespace, claim)


def _is_echo(change: Change) -> bool:
    """Whether a change is a status that a periodic controller has just written itself."""
    old, new = change.previous, change.object
    periodic = change.key in (hpa.KEY, "batch/cronjobs")
    return periodic and old is not None and old["spec"] == new["spec"] and not going(new)


def _is_news(change: Change) -> bool:
    """Statuses are the scheduler's and the kubelet's own; all else is news to them."""
    old, new = change.previous, change.object
    return old is None or old["spec"] != new["spec"] or _marks(old) != _marks(new)


def _marks(pod: Object) -> tuple[object, ...]:
    """What a deletion changes."""
    meta = pod["metadata"]
    return meta.get("deletionTimestamp"), meta.get("deletionGracePeriodSeconds")


def _unplaced(engine: Engine, namespace: str) -> Iterator[tuple[float, Task]]:
    pods = engine.store.list("pods", namespace or None)
    pods.sort(key=lambda pod: -int(pod["spec"].get("priority") or 0))
    for pod in pods:
        if not pod["spec"].get("nodeName"):
            meta = pod["metadata"]
            yield LATENCY, Task("scheduler", meta["namespace"], meta["name"])


def _is_moved(change: Change) -> bool:
    """Whether a pod comes, goes, or is reached in another way than before."""
    old, new = change.previous, change.object
    return (
        old is None
        or change.type == "DELETED"
        or is_ready(old) != is_ready(new)
        or old["metadata"].get("labels") != new["metadata"].get("labels")
        or old.get("status", {}).get("podIP") != new.get("status", {}).get("podIP")
    )


def _waiting(engine: Engine) -> Iterator[tuple[float, Task]]:
    """Pods with a program that waits for something, or misses something, in the cluster."""
    if not any(app.requires for app in engine.world.apps):
        return
    for pod in engine.store.list("pods"):
        if _waits(engine, pod):
            meta = pod["metadata"]
            yield KUBELET_LATENCY, Task("kubelet", meta["namespace"], meta["name"])


def _waits(engine: Engine, pod: Object) -> bool:
    record = engine.pods.get(pod["metadata"]["uid"])
    if record is None:
        return False
    waiting = False
    for spec in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
        container = record.containers.get(spec["name"])
        if container is None or container.run is None or container.phase != "running":
            continue
        if container.run.waits_for is not None or soft(engine, spec):
            container.due = engine.now
            waiting = True
    return waiting


def _users(engine: Engine, change: Change) -> Iterator[tuple[float, Task]]:
    """Pods whose programs write to a volume that has changed its size."""
    meta = change.object["metadata"]
    old = (change.previous or {}).get("status", {}).get("capacity")
    if old == change.object.get("status", {}).get("capacity"):
        return
    for pod in engine.store.list("pods", meta["namespace"]):
        record = engine.pods.get(pod["metadata"]["uid"])
        if record is None or meta["name"] not in claim_names(pod):
            continue
        for container in record.containers.values():
            if container.phase == "running":
                container.due = engine.now
        yield KUBELET_LATENCY, Task("kubelet", meta["namespace"], pod["metadata"]["name"])
