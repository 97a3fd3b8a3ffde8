"""Which controllers a change concerns: the watches of a control plane."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator import quotas, scheduler
from sandbox.simulator.clock import Task
from sandbox.simulator.controllers import (
    claims,
    daemonset,
    deployment,
    endpoints,
    job,
    replicaset,
    statefulset,
)
from sandbox.simulator.controllers.owned import controller_of
from sandbox.simulator.engine import Engine, Reconcile
from sandbox.simulator.kubelet import pod as kubelet
from sandbox.simulator.store import Change, Object

CONTROLLERS: dict[str, Reconcile] = {
    "deployment": deployment.reconcile,
    "replicaset": replicaset.reconcile,
    "statefulset": statefulset.reconcile,
    "daemonset": daemonset.reconcile,
    "job": job.reconcile,
    "endpoints": endpoints.reconcile,
    "claim": claims.reconcile,
    "quota": quotas.reconcile,
    "scheduler": scheduler.reconcile,
    "kubelet": kubelet.sync,
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
    "resourcequotas": "quota",
}
_KINDS = {
    "Deployment": "deployment",
    "ReplicaSet": "replicaset",
    "StatefulSet": "statefulset",
    "DaemonSet": "daemonset",
    "Job": "job",
}
LATENCY = 0.02
"""Seconds until a controller acts on a change."""
KUBELET_LATENCY = 0.15
"""Seconds until a kubelet does."""


def route(engine: Engine, change: Change) -> Iterator[tuple[float, Task]]:
    """The tasks that a change brings."""
    meta = change.object["metadata"]
    namespace, name = meta.get("namespace", ""), meta["name"]
    if change.key in WORKLOADS:
        yield LATENCY, Task(WORKLOADS[change.key], namespace, name)
    owner = controller_of(change.object)
    if owner is not None and owner["kind"] in _KINDS:
        yield LATENCY, Task(_KINDS[owner["kind"]], namespace, owner["name"])
    if change.key == "pods":
        yield from _pod(engine, change, namespace, name)
    elif change.key in ("nodes", "persistentvolumeclaims"):
        yield from _unplaced(engine, namespace if change.key != "nodes" else "")
        if change.key == "nodes":
            for item in engine.store.list("apps/daemonsets"):
                at = item["metadata"]
                yield LATENCY, Task("daemonset", at["namespace"], at["name"])
    elif change.key == "storage.k8s.io/storageclasses":
        for item in engine.store.list("persistentvolumeclaims"):
            yield LATENCY, Task("claim", item["metadata"]["namespace"], item["metadata"]["name"])
    if change.key in ("services", "endpoints"):
        yield from _waiting(engine, namespace)


def _pod(engine: Engine, change: Change, namespace: str, name: str) -> Iterator[tuple[float, Task]]:
    pod = change.object
    if change.type == "DELETED":
        engine.pods.pop(pod["metadata"]["uid"], None)
        yield from _unplaced(engine, "")
    elif _is_news(change):
        if pod["spec"].get("nodeName"):
            yield KUBELET_LATENCY, Task("kubelet", namespace, name)
        else:
            yield LATENCY, Task("scheduler", namespace, name)
    for service in engine.store.list("services", namespace):
        yield LATENCY, Task("endpoints", namespace, service["metadata"]["name"])
    for quota in engine.store.list("resourcequotas", namespace):
        yield LATENCY, Task("quota", namespace, quota["metadata"]["name"])


def _is_news(change: Change) -> bool:
    """Statuses are the scheduler's and the kubelet's own; a spec and a binding are news to them."""
    old, new = change.previous, change.object
    return old is None or old["spec"] != new["spec"]


def _unplaced(engine: Engine, namespace: str) -> Iterator[tuple[float, Task]]:
    for pod in engine.store.list("pods", namespace or None):
        if not pod["spec"].get("nodeName"):
            meta = pod["metadata"]
            yield LATENCY, Task("scheduler", meta["namespace"], meta["name"])


def _waiting(engine: Engine, namespace: str) -> Iterator[tuple[float, Task]]:
    """Pods with a program that waits for a Service or its endpoints."""
    for pod in engine.store.list("pods", namespace):
        if _waits(engine, pod):
            yield KUBELET_LATENCY, Task("kubelet", namespace, pod["metadata"]["name"])


def _waits(engine: Engine, pod: Object) -> bool:
    record = engine.pods.get(pod["metadata"]["uid"])
    if record is None:
        return False
    waiting = False
    for container in record.containers.values():
        if container.run is not None and container.run.waits_for is not None:
            container.due = engine.now
            waiting = True
    return waiting
