"""Which controllers of lifecycle a change concerns: deletion, nodes, disruption."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.clock import Task
from sandbox.simulator.controllers import (
    disruption,
    garbage,
    namespace,
    nodelifecycle,
    podgc,
    protection,
    tainteviction,
)
from sandbox.simulator.deletion import going
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine, Reconcile
from sandbox.simulator.kubelet import eviction
from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.store import Change, Object

CONTROLLERS: dict[str, Reconcile] = {
    "disruption": disruption.reconcile,
    "eviction": eviction.reconcile,
    "garbage": garbage.reconcile,
    "namespace": namespace.reconcile,
    "node": nodelifecycle.reconcile,
    "podgc": podgc.reconcile,
    "protection": protection.reconcile,
    "taint-eviction": tainteviction.reconcile,
}
"""Every controller of lifecycle by name."""

LATENCY = 0.02
"""Seconds until a controller acts on a change."""

NAMESPACE_LATENCY = 3.0
"""Seconds until the namespace controller sees that something has gone."""


def routes(engine: Engine, change: Change) -> Iterator[tuple[float, Task]]:
    """The tasks of lifecycle that a change brings."""
    meta = change.object["metadata"]
    name = meta["name"]
    yield from garbage.routes(engine, change)
    if change.type == "DELETED" and "namespace" in meta:
        found = engine.store.get("namespaces", None, meta["namespace"])
        if found is not None and going(found):
            yield NAMESPACE_LATENCY, Task("namespace", "", meta["namespace"])
    match change.key:
        case "pods":
            yield from _pod(engine, change)
        case "nodes":
            yield from _node(engine, change)
        case "namespaces" if going(change.object):
            yield LATENCY, Task("namespace", "", name)
        case "persistentvolumeclaims" if going(change.object):
            yield LATENCY, Task("protection", meta["namespace"], name)
        case "policy/poddisruptionbudgets":
            yield LATENCY, Task("disruption", meta["namespace"], name)


def placement_changed(change: Change) -> bool:
    """Whether a node's change may let a pod in that did not fit: the scheduler's queueing hint."""
    old, new = change.previous, change.object
    if old is None:
        return True
    return any(
        one != other
        for one, other in (
            (old["spec"], new["spec"]),
            (old["metadata"].get("labels"), new["metadata"].get("labels")),
            (old["status"].get("allocatable"), new["status"].get("allocatable")),
        )
    )


def _pod(engine: Engine, change: Change) -> Iterator[tuple[float, Task]]:
    pod, old = change.object, change.previous
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    node = pod["spec"].get("nodeName")
    if node and change.type != "DELETED" and (old is None or not old["spec"].get("nodeName")):
        if engine.store.get("nodes", None, node) is None:
            yield podgc.QUARANTINE, Task("podgc", namespace, name)
        else:
            yield LATENCY, Task("taint-eviction", namespace, name)
    if change.type == "DELETED" or terminal(pod):
        for claim in protection.claims_of(pod):
            yield LATENCY, Task("protection", namespace, claim)
    for budget in engine.store.list("policy/poddisruptionbudgets", namespace):
        labels = pod["metadata"].get("labels") or {}
        if label_selector_matches(budget["spec"].get("selector"), labels):
            yield LATENCY, Task("disruption", namespace, budget["metadata"]["name"])


def _node(engine: Engine, change: Change) -> Iterator[tuple[float, Task]]:
    name = change.object["metadata"]["name"]
    if change.type == "DELETED":
        for pod in _on(engine, name):
            meta = pod["metadata"]
            yield podgc.QUARANTINE, Task("podgc", meta["namespace"], meta["name"])
        return
    yield LATENCY, Task("node", "", name)
    old = (change.previous or {"spec": {}})["spec"].get("taints")
    if old != change.object["spec"].get("taints"):
        for pod in _on(engine, name):
            meta = pod["metadata"]
            yield LATENCY, Task("taint-eviction", meta["namespace"], meta["name"])


def _on(engine: Engine, node: str) -> list[Object]:
    return [pod for pod in engine.store.list("pods") if pod["spec"].get("nodeName") == node]
