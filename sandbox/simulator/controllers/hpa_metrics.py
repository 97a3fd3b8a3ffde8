"""What an autoscaler reads from its metrics, and how many pods that calls for.

The arithmetic of the replica calculator: pods without figures count as idle when more pods are called
for and as fully used when fewer are, so that neither mistake is made in haste.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.simulator.conditions import condition, is_ready
from sandbox.simulator.demand import terminal
from sandbox.simulator.durations import elapsed
from sandbox.simulator.engine import Engine
from sandbox.simulator.network.names import ready_addresses
from sandbox.simulator.quantity import number
from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.store import Object
from sandbox.simulator.usage import pod_usage

TOLERANCE = 0.1
"""A ratio this near to 1 changes nothing (--horizontal-pod-autoscaler-tolerance)."""
INITIALIZATION = 300.0
"""Seconds in which an unready pod's CPU is not believed (--...-cpu-initialization-period)."""
LAG = 20.0
"""Seconds until metrics-server has a figure for a new container."""
METRICS_SERVICE = ("kube-system", "metrics-server")
NO_API = "the server could not find the requested resource (get pods.metrics.k8s.io)"
NO_ANSWER = "the server is currently unable to handle the request (get pods.metrics.k8s.io)"
NO_CUSTOM = "no custom metrics API (custom.metrics.k8s.io) registered"


class MetricError(Exception):
    """A metric that gives no replica count. Its text is the controller's."""

    def __init__(self, reason: str, text: str, short: str = "") -> None:
        super().__init__(text)
        self.reason = reason
        """FailedGetResourceMetric and the like."""
        self.short = short or text
        """The text without the step that failed, as the condition has it."""


class Reading(NamedTuple):
    """What a metric says."""

    replicas: int
    """Pods that it calls for."""
    name: str
    """As conditions call the metric."""
    status: dict[str, Any]
    """An entry of status.currentMetrics."""


def read(
    engine: Engine, hpa: Object, target: Object, metric: Mapping[str, Any], replicas: int
) -> Reading:
    """How many pods a metric calls for. Raises MetricError."""
    match metric["type"]:
        case "Resource":
            return _resource(engine, target, metric["resource"], replicas)
        case "ContainerResource":
            source = metric["containerResource"]
            return _resource(engine, target, source, replicas, source["container"])
        case "Pods":
            name = metric["pods"]["metric"]["name"]
            text = f"unable to get metric {name}: unable to fetch metrics from custom metrics API"
            raise MetricError("FailedGetPodsMetric", f"{text}: {NO_CUSTOM}")
        case "Object":
            name = metric["object"]["metric"]["name"]
            where = metric["object"]["describedObject"]
            text = (
                f"unable to get metric {name}: {where['kind']} on {hpa['metadata']['namespace']} "
                f"{where['name']}/unable to fetch metrics from custom metrics API: {NO_CUSTOM}"
            )
            raise MetricError("FailedGetObjectMetric", text)
    name = metric["external"]["metric"]["name"]
    text = (
        f"unable to get external metric {hpa['metadata']['namespace']}/{name}/nil: unable to fetch "
        "metrics from external metrics API: the server could not find the requested resource "
        f"(get {name}.external.metrics.k8s.io)"
    )
    raise MetricError("FailedGetExternalMetric", text)


def _resource(
    engine: Engine,
    target: Object,
    source: Mapping[str, Any],
    replicas: int,
    container: str | None = None,
) -> Reading:
    resource, wanted = source["name"], source["target"]
    kind = "utilization" if wanted["type"] == "Utilization" else "usage"
    try:
        return _calculate(engine, target, resource, wanted, replicas, container)
    except LookupError as error:
        short = f"failed to get {resource} {kind}: {error.args[0]}"
        raise MetricError(
            "FailedGetResourceMetric",
            f"failed to get {resource} resource metric value: {short}",
            short,
        ) from error


def _calculate(
    engine: Engine,
    target: Object,
    resource: str,
    wanted: Mapping[str, Any],
    replicas: int,
    container: str | None,
) -> Reading:
    """The replica calculator. Raises LookupError with its words."""
    head = f"unable to get metrics for resource {resource}: "
    if not engine.world.metrics_server:
        raise LookupError(f"{head}unable to fetch metrics from resource metrics API: {NO_API}")
    if not metrics_answer(engine):
        raise LookupError(f"{head}unable to fetch metrics from resource metrics API: {NO_ANSWER}")
    namespace = target["metadata"]["namespace"]
    pods = [
        pod
        for pod in engine.store.list("pods", namespace)
        if label_selector_matches(target["spec"].get("selector"), pod["metadata"].get("labels", {}))
        and not terminal(pod)
        and "deletionTimestamp" not in pod["metadata"]
    ]
    figures = {pod["metadata"]["name"]: _used(engine, pod, resource, container) for pod in pods}
    known = {name: value for name, value in figures.items() if value is not None}
    if not known:
        raise LookupError(f"{head}no metrics returned from resource metrics API")
    unready = {pod["metadata"]["name"] for pod in pods if _distrusted(engine, pod, resource)}
    counted = {name: value for name, value in known.items() if name not in unready}
    share = wanted["type"] == "Utilization"
    goal = float(wanted["averageUtilization"]) if share else float(number(wanted["averageValue"]))
    requests = (
        {p["metadata"]["name"]: _requested(p, resource, container) for p in pods} if share else {}
    )
    if not counted:
        raise LookupError("did not receive metrics for targeted pods (pods might be unready)")

    def ratio(values: Mapping[str, float]) -> float:
        if share:
            return 100 * sum(values.values()) / sum(requests[name] for name in values) / goal
        return sum(values.values()) / len(values) / goal

    missing = {pod["metadata"]["name"] for pod in pods} - set(known) - unready
    proposal = _proposal(counted, missing, unready, ratio, replicas, requests or goal)
    mean = sum(counted.values()) / len(counted)
    now: dict[str, Any] = {"averageValue": _shown(resource, mean)}
    if share:
        now["averageUtilization"] = int(ratio(counted) * goal)
    name = f"{resource} resource"
    entry: dict[str, Any] = {"name": resource, "current": dict(sorted(now.items()))}
    status = {"type": "Resource", "resource": entry}
    if container is not None:
        name = f"{resource} container resource"
        status = {
            "type": "ContainerResource",
            "containerResource": {**entry, "container": container},
        }
    return Reading(
        proposal, f"{name} utilization (percentage of request)" if share else name, status
    )


def metrics_answer(engine: Engine) -> bool:
    """Whether metrics-server answers: it may be a Service like any other, without endpoints."""
    if engine.store.get("services", *METRICS_SERVICE) is None:
        return True  # a world without its objects has one all the same
    return bool(ready_addresses(engine, *METRICS_SERVICE))


def _proposal(
    counted: Mapping[str, float],
    missing: set[str],
    unready: set[str],
    ratio: Any,
    replicas: int,
    full: Mapping[str, float] | float,
) -> int:
    usage = ratio(counted)
    idle = unready if usage > 1 else set()
    if not missing and not idle:
        return replicas if abs(1 - usage) <= TOLERANCE else math.ceil(usage * len(counted) - 1e-9)
    values = dict(counted)
    for name in missing:
        whole = full[name] if isinstance(full, Mapping) else full
        values[name] = whole if usage < 1 else 0.0
    values.update(dict.fromkeys(idle, 0.0))
    again = ratio(values)
    if abs(1 - again) <= TOLERANCE or (usage < 1 < again) or (usage > 1 > again):
        return replicas
    found = math.ceil(again * len(values) - 1e-9)
    turned = (again < 1 and found > replicas) or (again > 1 and found < replicas)
    return replicas if turned else found


def _used(engine: Engine, pod: Object, resource: str, container: str | None) -> float | None:
    """Cores or bytes of a pod; None while metrics-server has no figure for it."""
    record = engine.pods.get(pod["metadata"]["uid"])
    used = pod_usage(engine, pod)
    names = [spec["name"] for spec in pod["spec"]["containers"]]
    if any(name not in used for name in names):
        return None
    for name in names if record else ():
        run = record.containers[name].run if record else None
        if run is not None and (engine.now - run.started).total_seconds() < LAG:
            return None
    if container is not None:
        used = {name: value for name, value in used.items() if name == container}
    if resource == "cpu":
        return sum(value.cpu for value in used.values()) / 1000
    return float(sum(value.memory for value in used.values()))


def _distrusted(engine: Engine, pod: Object, resource: str) -> bool:
    """Whether a pod's figure says nothing about its work yet."""
    if pod["status"].get("phase") == "Pending":
        return True
    if resource != "cpu" or is_ready(pod):
        return False
    started, ready = pod["status"].get("startTime"), condition(pod, "Ready")
    if started is None or ready is None:
        return True
    if elapsed(started, engine.now) < INITIALIZATION:
        return True
    turned = datetime.fromisoformat(ready["lastTransitionTime"])
    return elapsed(started, turned) < 30  # never was ready


def _requested(pod: Object, resource: str, container: str | None) -> float:
    """What a pod asks for. Raises LookupError."""
    total = 0.0
    for spec in pod["spec"]["containers"]:
        if container is not None and spec["name"] != container:
            continue
        value = (spec.get("resources") or {}).get("requests", {}).get(resource)
        if value is None:
            name = pod["metadata"]["name"]
            raise LookupError(
                f"missing request for {resource} in container {spec['name']} of Pod {name}"
            )
        total += float(number(value))
    return total


def _shown(resource: str, value: float) -> str:
    if resource == "cpu":
        milli = math.ceil(value * 1000)
        return str(milli // 1000) if milli % 1000 == 0 else f"{milli}m"
    return str(int(value))
