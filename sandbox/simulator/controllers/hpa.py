"""The HorizontalPodAutoscaler controller: replicas by metrics, and why they stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.simulator.conditions import condition, since
from sandbox.simulator.controllers.hpa_metrics import MetricError, Reading, read
from sandbox.simulator.deletion import going
from sandbox.simulator.engine import Engine
from sandbox.simulator.selectors import label_selector_text
from sandbox.simulator.store import Object, timestamp

COMPONENT = "horizontal-pod-autoscaler"
PERIOD = 15.0
"""Seconds between two looks (--horizontal-pod-autoscaler-sync-period)."""
CALM = 40
"""After so many looks that changed nothing, look less often: events are dropped as spam anyway."""
RARELY = 60.0
"""Seconds between two looks then."""
STABLE = 300
"""Seconds whose highest recommendation holds back a scale-down."""
KEY = "autoscaling/horizontalpodautoscalers"
_DEFAULT = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
}


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """One look of the autoscaler at its target."""
    hpa = engine.store.get(KEY, namespace, name)
    if hpa is None or going(hpa):
        return None
    before = {**(hpa.get("status") or {}), "currentMetrics": None}
    status = _look(engine, hpa)
    fresh = engine.store.get(KEY, namespace, name) or hpa
    status["conditions"] = status.get("conditions") or []
    engine.set_status(fresh, dict(sorted(status.items())))
    calm = ("hpa", hpa["metadata"]["uid"], "calm")
    if {**status, "currentMetrics": None} != before:
        engine.memory.pop(calm, None)
        return PERIOD
    engine.memory[calm] = int(engine.memory.get(calm, 0)) + 1
    return PERIOD if engine.memory[calm] < CALM else RARELY


def _look(engine: Engine, hpa: Object) -> dict[str, Any]:
    """The status after one look; rescales the target when that is due."""
    old = hpa.get("status") or {}
    status: dict[str, Any] = {
        **old,
        "conditions": [dict(item) for item in old.get("conditions") or []],
        "currentMetrics": old.get("currentMetrics"),
        "currentReplicas": old.get("currentReplicas", 0),
        "desiredReplicas": old.get("desiredReplicas", 0),
    }
    found = _target(engine, hpa)
    if isinstance(found, str):
        engine.event(hpa, "Warning", "FailedGetScale", found, COMPONENT)
        text = f"the HPA controller was unable to get the target's current scale: {found}"
        _set(engine, status, "AbleToScale", "False", "FailedGetScale", text)
        return _tidy(status)
    text = "the HPA controller was able to get the target's current scale"
    _set(engine, status, "AbleToScale", "True", "SucceededGetScale", text)
    spec, current = hpa["spec"], int(found["spec"].get("replicas", 1))
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    status["currentReplicas"] = int(found.get("status", {}).get("replicas", 0))
    reason, readings = "", []
    if current == 0 and least != 0:
        text = "scaling is disabled since the replica count of the target is zero"
        _set(engine, status, "ScalingActive", "False", "ScalingDisabled", text)
        status["desiredReplicas"] = 0
        return _tidy(status)
    if current > most:
        desired, reason = most, "Current number of replicas above Spec.MaxReplicas"
    elif current < least:
        desired, reason = least, "Current number of replicas below Spec.MinReplicas"
    else:
        try:
            readings = _read(engine, hpa, found, status, current)
        except MetricError as error:
            engine.event(hpa, "Warning", "FailedComputeMetricsReplicas", str(error), COMPONENT)
            status["desiredReplicas"] = current
            return _tidy(status)
        best = max(readings, key=lambda reading: reading.replicas)
        desired = _normal(engine, hpa, status, current, best.replicas)
        if desired > current:
            reason = f"{best.name} above target"
        elif desired < current:
            reason = "All metrics below target"
    status["currentMetrics"] = [reading.status for reading in readings] or None
    status["desiredReplicas"] = desired
    if desired != current:
        _rescale(engine, hpa, found, desired, reason, status)
    return _tidy(status)


def _target(engine: Engine, hpa: Object) -> Object | str:
    """The object to scale, or the server's words when it has no scale."""
    ref, namespace = hpa["spec"]["scaleTargetRef"], hpa["metadata"]["namespace"]
    group = ref.get("apiVersion", "").rpartition("/")[0]
    for row in engine.store.resources():
        if row.kind != ref["kind"] or row.group != group or row.subresource("scale") is None:
            continue
        found = engine.store.get(row.key, namespace, ref["name"])
        if found is None:
            where = f"{row.plural}/scale" + (f".{group}" if group else "")
            return f'{where} "{ref["name"]}" not found'
        return found
    return f'no matches for kind "{ref["kind"]}" in group "{group}"'


def _read(
    engine: Engine, hpa: Object, target: Object, status: dict[str, Any], current: int
) -> list[Reading]:
    """What the metrics call for; those that fail are told about. Raises MetricError."""
    rivals = _rivals(engine, hpa)
    if rivals:
        selector = label_selector_text(target["spec"].get("selector"))
        text = f"pods by selector {selector} are controlled by multiple HPAs: [{' '.join(rivals)}]"
        engine.event(hpa, "Warning", "AmbiguousSelector", text, COMPONENT)
        _set(engine, status, "ScalingActive", "False", "AmbiguousSelector", text)
        raise MetricError("AmbiguousSelector", text)
    metrics: list[Mapping[str, Any]] = hpa["spec"].get("metrics") or [_DEFAULT]
    readings, failures = [], []
    for metric in metrics:
        try:
            readings.append(read(engine, hpa, target, metric, current))
        except MetricError as error:
            engine.event(hpa, "Warning", error.reason, error.short, COMPONENT)
            failures.append(error)
    best = max(readings, key=lambda reading: reading.replicas, default=None)
    if failures and (best is None or best.replicas < current):
        first = failures[0]
        text = f"the HPA was unable to compute the replica count: {first.short}"
        _set(engine, status, "ScalingActive", "False", first.reason, text)
        counts = f"{len(failures)} invalid out of {len(metrics)}"
        raise MetricError(first.reason, f"invalid metrics ({counts}), first error is: {first}")
    text = (
        "the HPA was able to successfully calculate a replica count from "
        f"{best.name if best else ''}"
    )
    _set(engine, status, "ScalingActive", "True", "ValidMetricFound", text)
    return readings


def _rivals(engine: Engine, hpa: Object) -> list[str]:
    """All autoscalers of the same target, when there are several."""
    meta, ref = hpa["metadata"], hpa["spec"]["scaleTargetRef"]
    found = [
        f"{meta['namespace']}/{other['metadata']['name']}"
        for other in engine.store.list(KEY, meta["namespace"])
        if (other["spec"]["scaleTargetRef"]["kind"], other["spec"]["scaleTargetRef"]["name"])
        == (ref["kind"], ref["name"])
    ]
    return found if len(found) > 1 else []


def _normal(
    engine: Engine, hpa: Object, status: dict[str, Any], current: int, proposed: int
) -> int:
    """The proposal held back by recent ones and kept within limits, with what conditions say."""
    spec = hpa["spec"]
    behavior = spec.get("behavior") or {}
    steady = _stabilized(engine, hpa, behavior, current, proposed)
    if steady != proposed:
        text = (
            "recent recommendations were higher than current one, applying the highest recent "
            "recommendation"
        )
        _set(engine, status, "AbleToScale", "True", "ScaleDownStabilized", text)
    else:
        text = "recommended size matches current size"
        _set(engine, status, "AbleToScale", "True", "ReadyForNewScale", text)
    for direction, wrong in (("scaleUp", steady > current), ("scaleDown", steady < current)):
        if wrong and (behavior.get(direction) or {}).get("selectPolicy") == "Disabled":
            steady = current
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    fastest = max(2 * current, 4)
    if steady < least:
        text = "the desired replica count is less than the minimum replica count"
        _set(engine, status, "ScalingLimited", "True", "TooFewReplicas", text)
    elif steady > min(most, fastest):
        reason = "TooManyReplicas" if most <= fastest else "ScaleUpLimit"
        text = (
            "the desired replica count is more than the maximum replica count"
            if most <= fastest
            else "the desired replica count is increasing faster than the maximum scale rate"
        )
        _set(engine, status, "ScalingLimited", "True", reason, text)
    else:
        text = "the desired count is within the acceptable range"
        _set(engine, status, "ScalingLimited", "False", "DesiredWithinRange", text)
    return int(max(least, min(steady, most, fastest)))


def _stabilized(
    engine: Engine, hpa: Object, behavior: Mapping[str, Any], current: int, proposed: int
) -> int:
    window = (behavior.get("scaleDown") or {}).get("stabilizationWindowSeconds", STABLE)
    key = ("hpa", hpa["metadata"]["uid"], "recommended")
    since = engine.now - timedelta(seconds=max(window, 1))
    if key not in engine.memory:  # a controller that starts begins with what it finds
        engine.memory[key] = ((engine.now, current),)
    recent: tuple[tuple[datetime, int], ...] = engine.memory[key]
    recent = (*(item for item in recent if item[0] > since), (engine.now, proposed))
    engine.memory[key] = recent
    return max(value for _, value in recent) if window else proposed


def _rescale(
    engine: Engine, hpa: Object, target: Object, desired: int, reason: str, status: dict[str, Any]
) -> None:
    engine.store.put({**target, "spec": {**target["spec"], "replicas": desired}})
    text = f"the HPA controller was able to update the target scale to {desired}"
    _set(engine, status, "AbleToScale", "True", "SucceededRescale", text)
    text = f"New size: {desired}; reason: {reason}"
    engine.event(hpa, "Normal", "SuccessfulRescale", text, COMPONENT)
    status["lastScaleTime"] = timestamp(engine.now)


def _set(
    engine: Engine, status: dict[str, Any], type_: str, value: str, reason: str, message: str
) -> None:
    """Set a condition in place: the controller keeps their order."""
    old = condition({"status": status}, type_)
    fresh = {
        "lastTransitionTime": since(old, value, engine.stamp),
        "message": message,
        "reason": reason,
        "status": value,
        "type": type_,
    }
    if old is None:
        status["conditions"].append(fresh)
    else:
        index = status["conditions"].index(old)
        status["conditions"][index] = fresh


def _tidy(status: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in status.items() if value is not None}
