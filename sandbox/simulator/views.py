"""One object, two API versions: events and autoscaling are stored once and served twice.

Events are stored as core/v1 (as etcd has them) and HorizontalPodAutoscalers as autoscaling/v2.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.simulator.resources import Resource

Object = dict[str, Any]

_EVENT_RENAMED = {
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
    "reportingController": "reportingComponent",
}
_EVENT_BACK = {core: new for new, core in _EVENT_RENAMED.items()}
_HPA_PREFIX = "autoscaling.alpha.kubernetes.io/"


def to_stored(obj: Object) -> Object:
    """The object in the version it is stored in; the same dict when it already is."""
    api_version, kind = obj.get("apiVersion"), obj.get("kind")
    if api_version == "events.k8s.io/v1" and kind == "Event":
        renamed = {_EVENT_RENAMED.get(field, field): value for field, value in obj.items()}
        return {**renamed, "apiVersion": "v1"}
    if api_version == "autoscaling/v1" and kind == "HorizontalPodAutoscaler":
        return _hpa_v2(obj)
    return obj


def as_version(obj: Object, row: Resource) -> Object:
    """A stored object as the row's version shows it."""
    if row.view_of is None or obj.get("apiVersion") == row.api_version:
        return obj
    if row.kind == "Event":
        renamed = {_EVENT_BACK.get(field, field): value for field, value in obj.items()}
        return {**renamed, "apiVersion": row.api_version}
    if row.kind == "HorizontalPodAutoscaler":
        return _hpa_v1(obj)
    # A custom resource without conversion is the same in all its versions.
    return {**obj, "apiVersion": row.api_version}


def _hpa_v2(obj: Object) -> Object:
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    target = spec.pop("targetCPUUtilizationPercentage", None)
    current = status.pop("currentCPUUtilizationPercentage", None)
    meta = dict(obj.get("metadata") or {})
    notes = dict(meta.get("annotations") or {})
    for field, where in (("metrics", spec), ("behavior", spec)):
        where.update(_annotated(notes, field, field))
    for field, name in (("conditions", "conditions"), ("currentMetrics", "current-metrics")):
        status.update(_annotated(notes, name, field))
    if target is not None:
        spec["metrics"] = [_cpu({"target": {"type": "Utilization", "averageUtilization": target}})]
    if current is not None:
        status["currentMetrics"] = [_cpu({"current": {"averageUtilization": current}})]
    meta["annotations"] = notes
    if not notes:
        del meta["annotations"]
    new = {**obj, "apiVersion": "autoscaling/v2", "metadata": meta, "spec": spec}
    return {**new, "status": status} if status else new


def _hpa_v1(obj: Object) -> Object:
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    meta = dict(obj.get("metadata") or {})
    notes = dict(meta.get("annotations") or {})
    rest = []
    for metric in spec.pop("metrics", None) or []:
        target = _cpu_of(metric, "target")
        if target is not None:
            spec["targetCPUUtilizationPercentage"] = target
        else:
            rest.append(metric)
    now = []
    for metric in status.pop("currentMetrics", None) or []:
        current = _cpu_of(metric, "current")
        if current is not None:
            status["currentCPUUtilizationPercentage"] = current
        else:
            now.append(metric)
    kept = {
        "metrics": rest,
        "behavior": spec.pop("behavior", None),
        "conditions": status.pop("conditions", None),
        "current-metrics": now,
    }
    for name, value in kept.items():
        if value:
            notes[_HPA_PREFIX + name] = json.dumps(value, separators=(",", ":"))
    if notes:
        meta["annotations"] = notes
    return {
        **obj,
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": spec,
        "status": status,
    }


def _annotated(notes: dict[str, str], name: str, field: str) -> dict[str, Any]:
    text = notes.pop(_HPA_PREFIX + name, None)
    if text is None:
        return {}
    try:
        return {field: json.loads(text)}
    except ValueError:
        return {}


def _cpu(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": "cpu", **value}}


def _cpu_of(metric: dict[str, Any], side: str) -> int | None:
    resource = metric.get("resource") or {}
    if metric.get("type") != "Resource" or resource.get("name") != "cpu":
        return None
    value = (resource.get(side) or {}).get("averageUtilization")
    return value if isinstance(value, int) else None
