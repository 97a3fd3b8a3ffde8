"""Rows of nodes and events."""

from __future__ import annotations

from datetime import datetime

from sandbox.simulator.durations import UNKNOWN, since
from sandbox.simulator.table import NONE, Cells, Object, Printer, age, columns, name_of

_ROLE = "node-role.kubernetes.io/"


def _node_status(obj: Object) -> str:
    conditions = (obj.get("status") or {}).get("conditions") or []
    ready = next(
        (str(item.get("status")) for item in conditions if item.get("type") == "Ready"), ""
    )
    words = [{"True": "Ready", "": "Unknown"}.get(ready, "NotReady")]
    if (obj.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _roles(labels: dict[str, str]) -> str:
    roles = {key[len(_ROLE) :] for key in labels if key.startswith(_ROLE) and key != _ROLE}
    if labels.get("kubernetes.io/role"):
        roles.add(labels["kubernetes.io/role"])
    return ",".join(sorted(roles)) or NONE


def _node(obj: Object, now: datetime) -> Cells:
    status = obj.get("status") or {}
    info = status.get("nodeInfo") or {}
    addresses = {item.get("type"): item.get("address") for item in status.get("addresses") or []}
    kernel = info.get("kernelVersion") or UNKNOWN
    architecture = info.get("architecture")
    return [
        name_of(obj),
        _node_status(obj),
        _roles((obj.get("metadata") or {}).get("labels") or {}),
        age(obj, now),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP") or NONE,
        addresses.get("ExternalIP") or NONE,
        info.get("osImage") or UNKNOWN,
        f"{kernel} ({architecture})" if architecture else kernel,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _event(obj: Object, now: datetime) -> Cells:
    source, target = obj.get("source") or {}, obj.get("involvedObject") or {}
    series = obj.get("series")
    first = since(obj.get("firstTimestamp") or obj.get("eventTime"), now)
    last = since(obj["lastTimestamp"], now) if obj.get("lastTimestamp") else first
    count = obj.get("count") or 1
    if series:
        last, count = since(series.get("lastObservedTime"), now), series.get("count", 1)
    kind = str(target.get("kind", "")).lower()
    component = source.get("component") or obj.get("reportingComponent") or ""
    instance = source.get("host") or obj.get("reportingInstance") or ""
    return [
        last,
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{kind}/{target['name']}" if target.get("name") else kind,
        target.get("fieldPath", ""),
        f"{component}, {instance}" if instance else component,
        str(obj.get("message", "")).strip(),
        first,
        count,
        name_of(obj),
    ]


_EVENT = columns(
    "Last Seen|Type|Reason|Object|Subobject|Source|Message|First Seen|Count|Name",
)
_EVENT_WIDE = frozenset({"Subobject", "Source", "First Seen", "Count", "Name"})

PRINTERS: dict[str, Printer] = {
    "nodes": Printer(
        columns(
            "Name|Status|Roles|Age|Version",
            "Internal-IP|External-IP|OS-Image|Kernel-Version|Container-Runtime",
        ),
        _node,
    ),
    "events": Printer(
        tuple(column._replace(priority=int(column.name in _EVENT_WIDE)) for column in _EVENT),
        _event,
    ),
}
