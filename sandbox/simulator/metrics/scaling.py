"""kube_horizontalpodautoscaler_* and kube_poddisruptionbudget_*."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.simulator.metrics.page import Page, labels
from sandbox.simulator.metrics.workloads import conditions
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object

_VALUES = (("utilization", "Utilization"), ("average", "AverageValue"), ("value", "Value"))
_BUDGET = {
    "current_healthy": "currentHealthy",
    "desired_healthy": "desiredHealthy",
    "pod_disruptions_allowed": "disruptionsAllowed",
    "expected_pods": "expectedPods",
    "observed_generation": "observedGeneration",
}


def autoscaler(page: Page, obj: Object) -> None:
    """All samples of one HorizontalPodAutoscaler (autoscaling/v2)."""
    meta, spec, status = obj["metadata"], obj["spec"], obj.get("status", {})
    prefix = "kube_horizontalpodautoscaler_"
    where = labels(namespace=meta["namespace"], horizontalpodautoscaler=meta["name"])
    target = spec["scaleTargetRef"]
    page.add(
        f"{prefix}info",
        where,
        1,
        scaletargetref_api_version=target.get("apiVersion"),
        scaletargetref_kind=target["kind"],
        scaletargetref_name=target["name"],
    )
    page.add(f"{prefix}metadata_generation", where, meta.get("generation", 1))
    page.add(f"{prefix}spec_max_replicas", where, spec["maxReplicas"])
    page.add(f"{prefix}spec_min_replicas", where, spec.get("minReplicas", 1))
    page.add(f"{prefix}status_current_replicas", where, status.get("currentReplicas", 0))
    page.add(f"{prefix}status_desired_replicas", where, status.get("desiredReplicas", 0))
    conditions(page, f"{prefix}status_condition", where, obj)
    for metric in spec.get("metrics") or []:
        _metric(page, f"{prefix}spec_target_metric", where, metric, "target")
    for metric in status.get("currentMetrics") or []:
        _metric(page, f"{prefix}status_target_metric", where, metric, "current")


def budget(page: Page, obj: Object) -> None:
    """All samples of one PodDisruptionBudget."""
    meta, status = obj["metadata"], obj.get("status", {})
    where = labels(namespace=meta["namespace"], poddisruptionbudget=meta["name"])
    page.time("kube_poddisruptionbudget_created", where, meta["creationTimestamp"])
    for metric, field in _BUDGET.items():
        page.add(f"kube_poddisruptionbudget_status_{metric}", where, status.get(field, 0))


def _metric(page: Page, name: str, where: str, metric: Mapping[str, Any], part: str) -> None:
    kind = str(metric.get("type", ""))
    body: Mapping[str, Any] = metric.get(kind[:1].lower() + kind[1:]) or {}
    values: Mapping[str, Any] = body.get(part) or {}
    of = body.get("name") or (body.get("metric") or {}).get("name", "")
    for label, suffix in _VALUES:
        field = "value" if label == "value" else f"average{suffix.removeprefix('Average')}"
        if field in values:
            amount = float(number(values[field]))
            page.add(name, where, amount, metric_name=of, metric_target_type=label)
