"""Nodes: readiness, pressure, taints and what they can allocate."""

from __future__ import annotations

from pydantic import JsonValue

from tools.distil.item import Item
from tools.distil.podstatus import condition
from tools.distil.quantity import millicores, whole_bytes
from tools.distil.shapes import dig, mappings, text

_PRESSURE = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def node(item: Item) -> None:
    """State all facts of one Node."""
    ready = condition(item.raw, "Ready")
    if ready is not None:
        n, entry = ready
        path = f"status.conditions[{n}]"
        told = f"{text(entry.get('reason'))}: {text(entry.get('message'))}"
        is_ready = entry.get("status") == "True"
        item.say(
            "node.ready", is_ready, f"{path}.status", quote=f"Ready={entry.get('status')} {told}"
        )
        if not is_ready:
            item.say("node.ready_message", told, f"{path}.message")
        item.say_text("node.heartbeat", entry.get("lastHeartbeatTime"), f"{path}.lastHeartbeatTime")
    cordoned = item.spec.get("unschedulable") is True
    item.say_field("node.cordoned", cordoned, item.spec, "spec", "unschedulable")
    taints: list[JsonValue] = [taint_text(taint) for _, taint in mappings(item.spec.get("taints"))]
    item.say_field("node.taints", taints, item.spec, "spec", "taints")
    pressure: list[JsonValue] = []
    for kind in _PRESSURE:
        found = condition(item.raw, kind)
        if found is not None and found[1].get("status") == "True":
            pressure.append(kind)
    item.say("node.pressure", pressure, "status.conditions", quote=f"pressure: {pressure}")
    for resource, parse in (("cpu", millicores), ("memory", whole_bytes)):
        written = dig(item.status, "allocatable", resource)
        if (amount := parse(written)) is not None:
            path = f"status.allocatable.{resource}"
            item.say(f"node.allocatable.{resource}", amount, path, quote=f"{resource}: {written}")


def taint_text(taint: dict[str, JsonValue]) -> str:
    """A taint as kubectl writes it: `key=value:effect`, or `key:effect` without a value."""
    value = text(taint.get("value"))
    key = f"{text(taint.get('key'))}={value}" if value else text(taint.get("key"))
    return f"{key}:{text(taint.get('effect'))}"
