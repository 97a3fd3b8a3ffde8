"""The node lifecycle controller: nodes that fall silent, the taints of conditions, cordons.

Healthy nodes cost nothing: nothing beats in the simulation; the last beat of a node is written when it
falls silent or is looked at (`bootstrap.heartbeats`).
"""

from __future__ import annotations

from typing import Any

from sandbox.simulator import bootstrap
from sandbox.simulator.clock import seconds
from sandbox.simulator.conditions import condition
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import node as kubelet
from sandbox.simulator.store import Object
from sandbox.simulator.troubles import Spell, active, at_home, next_change

COMPONENT = "node-controller"
GRACE = 50.0
"""Seconds without a word until a node is Unknown (--node-monitor-grace-period since 1.32)."""
RENEWAL = 10
"""Seconds between two renewals of a node's lease."""
MONITOR = 5
"""Seconds between two looks of the controller (--node-monitor-period)."""
PRESSURES = ("memory-pressure", "disk-pressure", "pid-pressure")
_PREFIX = "node.kubernetes.io/"
_UNKNOWN = {
    "message": "Kubelet stopped posting node status.",
    "reason": "NodeStatusUnknown",
    "status": "Unknown",
}
_CONDITIONS = {
    "MemoryPressure": "memory-pressure",
    "DiskPressure": "disk-pressure",
    "NetworkUnavailable": "network-unavailable",
    "PIDPressure": "pid-pressure",
}
"""Conditions whose truth is a taint."""
_MANAGED = frozenset(
    _PREFIX + name for name in (*_CONDITIONS.values(), "not-ready", "unreachable", "unschedulable")
)


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Bring a node's conditions and taints up to date; returns seconds until they may change."""
    node = engine.store.get("nodes", None, name)
    if node is None:
        return None
    troubles = active(engine, name)
    again = [next_change(engine, name)]
    silent = troubles.get("silent")
    if silent is not None:
        left = _silence(engine, node, silent)
        again.append(left)
    elif at_home(engine, name) or troubles:
        kubelet.report(engine, node, troubles)
        if "image-gc" in troubles:
            kubelet.collect_images(engine, node)
            again.append(kubelet.GC_PERIOD)
    _taint(engine, engine.store.get("nodes", None, name) or node)
    if any(kind in troubles for kind in PRESSURES):
        engine.call("eviction", "", name)
    _come_home(engine, name)
    return min((value for value in again if value is not None), default=None)


def _silence(engine: Engine, node: Object, spell: Spell) -> float | None:
    """A kubelet that says nothing: Unknown after the grace period."""
    name = node["metadata"]["name"]
    draw = engine.random("silence", name, spell.start)
    last = spell.start - seconds(draw.uniform(0, RENEWAL))
    noticed = last + seconds(GRACE + draw.uniform(0, MONITOR))
    if engine.now < noticed:
        bootstrap.heartbeat(engine, node, spell.start)
        return (noticed - engine.now).total_seconds()
    ready = condition(node, "Ready")
    if ready is None or ready["status"] == "Unknown":
        return None
    conditions = []
    for item in node["status"]["conditions"]:
        if item["type"] in ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure"):
            item = {**item, **_UNKNOWN, "lastTransitionTime": engine.stamp}
        conditions.append(item)
    engine.set_status(node, {**node["status"], "conditions": conditions})
    text = f"Node {name} status is now: NodeNotReady"
    engine.event(node, "Normal", "NodeNotReady", text, COMPONENT)
    return None


def _taint(engine: Engine, node: Object) -> None:
    """The taints that conditions and cordons bring, beside those that people set."""
    wanted = set(_wanted(node))
    old = node["spec"].get("taints") or []
    kept = [t for t in old if t["key"] not in _MANAGED or (t["key"], t["effect"]) in wanted]
    present = {(taint["key"], taint["effect"]) for taint in kept}
    made = [
        {"effect": effect, "key": key, "timeAdded": engine.stamp}
        for key, effect in sorted(wanted - present, key=lambda item: (item[1], item[0]))
    ]
    made.sort(key=lambda taint: taint["effect"] == "NoExecute")
    if kept == old and not made:
        return
    spec = {field: value for field, value in node["spec"].items() if field != "taints"}
    if kept or made:
        spec["taints"] = [*kept, *made]
    engine.store.put({**node, "spec": spec})
    if any(taint["effect"] == "NoExecute" for taint in made):
        _mark_pods(engine, node["metadata"]["name"])


def _wanted(node: Object) -> list[tuple[str, str]]:
    found = []
    for type_, key in _CONDITIONS.items():
        item = condition(node, type_)
        if item is not None and item["status"] == "True":
            found.append((_PREFIX + key, "NoSchedule"))
    ready = condition(node, "Ready")
    status = ready["status"] if ready else "Unknown"
    if status != "True":
        key = _PREFIX + ("not-ready" if status == "False" else "unreachable")
        found += [(key, "NoSchedule"), (key, "NoExecute")]
    if node["spec"].get("unschedulable"):
        found.append((_PREFIX + "unschedulable", "NoSchedule"))
    return found


def _mark_pods(engine: Engine, node: str) -> None:
    """Pods of a node that is not ready are not ready either, whatever their kubelet last said."""
    for pod in engine.store.list("pods"):
        ready = condition(pod, "Ready")
        here = pod["spec"].get("nodeName") == node
        if not here or terminal(pod) or ready is None or ready["status"] != "True":
            continue
        down = {**ready, "lastTransitionTime": engine.stamp, "status": "False"}
        conditions: list[dict[str, Any]] = [
            down if item is ready else item for item in pod["status"]["conditions"]
        ]
        engine.set_status(pod, {**pod["status"], "conditions": conditions})
        engine.event(pod, "Warning", "NodeNotReady", "Node is not ready", COMPONENT)


def _come_home(engine: Engine, name: str) -> None:
    """A kubelet that works again looks at every pod of its node."""
    key, home = ("home", name), at_home(engine, name)
    if home and engine.memory.get(key) is False:
        for pod in engine.store.list("pods"):
            if pod["spec"].get("nodeName") == name:
                meta = pod["metadata"]
                engine.call("kubelet", meta["namespace"], meta["name"], 0.2)
    engine.memory[key] = home
