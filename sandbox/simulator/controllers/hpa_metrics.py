"""What an autoscaler reads from its metrics, and how many pods that calls for.

The arithmetic of the replica calculator: pods without figures count as idle when more pods are called
for and as fully used when fewer are, so that neither mistake is made in haste.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.simulator.controllers.hpa_figures import (
    distrusted,
    metrics_answer,
    requested,
    shown,
    used,
)
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.quantity import number
from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.store import Object

TOLERANCE = 0.1
"""A ratio this near to 1 changes nothing (--horizontal-pod-autoscaler-tolerance)."""
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
    figures = {pod["metadata"]["name"]: used(engine, pod, resource, container) for pod in pods}
    known = {name: value for name, value in figures.items() if value is not None}
    if not known:
        raise LookupError(f"{head}no metrics returned from resource metrics API")
    unready = {pod["metadata"]["name"] for pod in pods if distrusted(engine, pod, resource)}
    counted = {name: value for name, value in known.items() if name not in unready}
    share = wanted["type"] == "Utilization"
    goal = float(wanted["averageUtilization"]) if share else float(number(wanted["averageValue"]))
    requests = (
        {p["metadata"]["name"]: requested(p, resource, container) for p in pods} if share else {}
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
    now: dict[str, Any] = {"averageValue": shown(resource, mean)}
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
