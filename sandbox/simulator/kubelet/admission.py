"""The kubelet's own look at a pod before it takes it: room, and the node's selector.

The scheduler has looked before; this is for pods that name their node, or come when the room is gone.
Words are those of pkg/kubelet/lifecycle/predicate.go.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from sandbox.simulator.demand import demand, terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.placement import selects
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object


class Rejection(NamedTuple):
    """Why a kubelet refuses a pod."""

    reason: str
    message: str


def rejection(engine: Engine, pod: Object) -> Rejection | None:
    """Why the kubelet of its node refuses a new pod; None when it takes it."""
    node = engine.store.get("nodes", None, pod["spec"]["nodeName"])
    if node is None:
        return None
    if not selects(pod["spec"], node):
        text = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
        return Rejection("NodeAffinity", text)
    others = [
        other
        for other in engine.store.list("pods")
        if other["spec"].get("nodeName") == pod["spec"]["nodeName"]
        and other["metadata"]["uid"] in engine.pods
        and not terminal(other)
    ]
    allocatable = node["status"]["allocatable"]
    if len(others) + 1 > int(allocatable["pods"]):
        return _out_of("pods", Decimal(1), Decimal(len(others)), Decimal(allocatable["pods"]))
    for resource in ("cpu", "memory"):
        unit = 1000 if resource == "cpu" else 1
        wanted = demand(pod["spec"], resource) * unit
        used = sum((demand(o["spec"], resource) for o in others), Decimal(0)) * unit
        capacity = number(allocatable[resource]) * unit
        if wanted and wanted > capacity - used:
            return _out_of(resource, wanted, used, capacity)
    return None


def reject(engine: Engine, pod: Object, why: Rejection) -> None:
    """Fail a pod that was refused; nothing of it ever runs."""
    host = pod["spec"]["nodeName"]
    engine.event(pod, "Warning", why.reason, why.message, "kubelet", host=host)
    status = {
        **pod["status"],
        "message": f"Pod was rejected: {why.message}",
        "phase": "Failed",
        "reason": why.reason,
        "startTime": engine.stamp,
    }
    engine.set_status(pod, dict(sorted(status.items())))


def _out_of(resource: str, wanted: Decimal, used: Decimal, capacity: Decimal) -> Rejection:
    text = (
        f"Node didn't have enough resource: {resource}, requested: {int(wanted)}, "
        f"used: {int(used)}, capacity: {int(capacity)}"
    )
    return Rejection(f"OutOf{resource}", text)
