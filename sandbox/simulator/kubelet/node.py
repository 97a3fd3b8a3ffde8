"""What a kubelet says about its own node: conditions, and the events of their changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.simulator.conditions import condition
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet.place import NO_PLUGIN
from sandbox.simulator.store import Object
from sandbox.simulator.troubles import Spell

GC_PERIOD = 300.0
"""Seconds between two image garbage collections (the kubelet's ImageGCPeriod)."""


class _Says(NamedTuple):
    status: str
    reason: str
    message: str
    event: str
    """Reason of the kubelet's event when the condition changes to this."""


_PRESSURE = {
    "MemoryPressure": (
        "memory-pressure",
        _Says("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available",
              "NodeHasSufficientMemory"),
        _Says("True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available",
              "NodeHasInsufficientMemory"),
    ),
    "DiskPressure": (
        "disk-pressure",
        _Says("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure",
              "NodeHasNoDiskPressure"),
        _Says("True", "KubeletHasDiskPressure", "kubelet has disk pressure",
              "NodeHasDiskPressure"),
    ),
    "PIDPressure": (
        "pid-pressure",
        _Says("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available",
              "NodeHasSufficientPID"),
        _Says("True", "KubeletHasInsufficientPID", "kubelet has insufficient PID available",
              "NodeHasInsufficientPID"),
    ),
}  # fmt: skip
_READY = _Says("True", "KubeletReady", "kubelet is posting ready status", "NodeReady")
_NO_ROUTE = {
    "message": "Node created without a route",
    "reason": "NoRouteCreated",
    "status": "True",
    "type": "NetworkUnavailable",
}
"""In the words of the cloud provider's route controller."""


def report(engine: Engine, node: Object, troubles: Mapping[str, Spell]) -> Object:
    """The node with the conditions its kubelet posts now; unchanged ones are not written."""
    changed = []
    for type_, (trouble, fine, bad) in _PRESSURE.items():
        changed += _differing(node, type_, bad if trouble in troubles else fine)
    changed += _differing(node, "Ready", _readiness(troubles))
    routed = condition(node, "NetworkUnavailable")
    conditions = list(node["status"]["conditions"])
    if "no-route" in troubles and (routed is None or routed["status"] != "True"):
        conditions = [c for c in conditions if c is not routed]
        conditions.insert(0, _times(engine, _NO_ROUTE))
    elif "no-route" not in troubles and routed and routed.get("reason") == "NoRouteCreated":
        fine_ = {"message": "RouteController created a route", "reason": "RouteCreated"}
        conditions[conditions.index(routed)] = _times(
            engine, {**fine_, "status": "False", "type": "NetworkUnavailable"}
        )
    for type_, says in changed:
        old = condition(node, type_)
        new = _times(
            engine,
            {"message": says.message, "reason": says.reason, "status": says.status, "type": type_},
        )
        if old is not None and old["status"] == says.status:
            new["lastTransitionTime"] = old["lastTransitionTime"]
        conditions = [new if item["type"] == type_ else item for item in conditions]
        if old is None or old["status"] != says.status:
            say(engine, node, "Normal", says.event)
    return engine.set_status(node, {**node["status"], "conditions": conditions})


def say(engine: Engine, node: Object, type_: str, reason: str, message: str = "") -> None:
    """An event of a kubelet about its node; it knows the node by name only, so that is the uid."""
    name = node["metadata"]["name"]
    about = {**node, "metadata": {**node["metadata"], "uid": name}}
    text = message or f"Node {name} status is now: {reason}"
    engine.event(about, type_, reason, text, "kubelet", host=name)


def collect_images(engine: Engine, node: Object) -> None:
    """An image garbage collection that finds nothing to remove."""
    draw = engine.random("image-gc", node["metadata"]["name"])
    wanted = 3_000_000_000 + draw.randrange(4_000_000_000)
    text = (
        "Failed to garbage collect required amount of images. Attempted to free "
        f"{wanted} bytes, but only found 0 bytes eligible to free."
    )
    say(engine, node, "Warning", "FreeDiskSpaceFailed", text)
    say(engine, node, "Warning", "ImageGCFailed", text)


def _readiness(troubles: Mapping[str, Spell]) -> _Says:
    causes = []
    if "runtime-down" in troubles:
        causes.append("container runtime is down")
    if "pleg" in troubles:
        causes.append("PLEG is not healthy: pleg was last seen active 3m8.271455207s ago; "
                      "threshold is 3m0s")  # fmt: skip
    if "cni" in troubles:
        causes.append(f"container runtime network not ready: {NO_PLUGIN}")
    if not causes:
        return _READY
    text = causes[0] if len(causes) == 1 else f"[{', '.join(causes)}]"
    return _Says("False", "KubeletNotReady", text, "NodeNotReady")


def _differing(node: Object, type_: str, says: _Says) -> list[tuple[str, _Says]]:
    old = condition(node, type_)
    same = old is not None and (old["status"], old.get("reason"), old.get("message")) == says[:3]
    return [] if same else [(type_, says)]


def _times(engine: Engine, item: dict[str, Any]) -> dict[str, Any]:
    now = engine.stamp
    return dict(sorted({**item, "lastHeartbeatTime": now, "lastTransitionTime": now}.items()))
