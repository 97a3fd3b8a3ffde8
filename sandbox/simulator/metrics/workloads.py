"""kube_deployment_*, kube_replicaset_*, kube_statefulset_* and kube_daemonset_*."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.simulator.metrics.page import Page, labels
from sandbox.simulator.metrics.pods import TRUTH, owners
from sandbox.simulator.store import Object

_DAEMONSET = {
    "current_number_scheduled": "currentNumberScheduled",
    "desired_number_scheduled": "desiredNumberScheduled",
    "number_available": "numberAvailable",
    "number_misscheduled": "numberMisscheduled",
    "number_ready": "numberReady",
    "number_unavailable": "numberUnavailable",
    "updated_number_scheduled": "updatedNumberScheduled",
}
_DEPLOYMENT = {
    "replicas": "replicas",
    "replicas_available": "availableReplicas",
    "replicas_ready": "readyReplicas",
    "replicas_unavailable": "unavailableReplicas",
    "replicas_updated": "updatedReplicas",
}
_REPLICASET = {
    "replicas": "replicas",
    "fully_labeled_replicas": "fullyLabeledReplicas",
    "ready_replicas": "readyReplicas",
}
_STATEFULSET = {
    "replicas": "replicas",
    "replicas_available": "availableReplicas",
    "replicas_current": "currentReplicas",
    "replicas_ready": "readyReplicas",
    "replicas_updated": "updatedReplicas",
}


def deployment(page: Page, obj: Object) -> None:
    """All samples of one Deployment."""
    where = _common(page, "deployment", obj, _DEPLOYMENT)
    spec = obj["spec"]
    page.add("kube_deployment_spec_replicas", where, spec.get("replicas", 1))
    page.add("kube_deployment_spec_paused", where, bool(spec.get("paused")))
    rolling = spec.get("strategy", {}).get("rollingUpdate")
    if rolling is not None:
        wanted = spec.get("replicas", 1)
        name = "kube_deployment_spec_strategy_rollingupdate_max_"
        page.add(f"{name}surge", where, _share(rolling.get("maxSurge"), wanted, up=True))
        few = _share(rolling.get("maxUnavailable"), wanted, up=False)
        page.add(f"{name}unavailable", where, few)
    conditions(page, "kube_deployment_status_condition", where, obj, reason=True)


def replicaset(page: Page, obj: Object) -> None:
    """All samples of one ReplicaSet."""
    where = _common(page, "replicaset", obj, _REPLICASET)
    page.add("kube_replicaset_spec_replicas", where, obj["spec"].get("replicas", 1))
    owners(page, "kube_replicaset_owner", where, obj)


def statefulset(page: Page, obj: Object) -> None:
    """All samples of one StatefulSet."""
    where = _common(page, "statefulset", obj, _STATEFULSET)
    page.add("kube_statefulset_replicas", where, obj["spec"].get("replicas", 1))
    for part in ("current", "update"):
        revision = obj.get("status", {}).get(f"{part}Revision")
        if revision:
            page.add(f"kube_statefulset_status_{part}_revision", where, 1, revision=revision)


def daemonset(page: Page, obj: Object) -> None:
    """All samples of one DaemonSet."""
    _common(page, "daemonset", obj, _DAEMONSET)


def conditions(page: Page, name: str, where: str, obj: Object, *, reason: bool = False) -> None:
    """Three samples per condition; with `reason` it is a label, as for Deployments since 2.15."""
    for item in obj.get("status", {}).get("conditions") or []:
        for truth in TRUTH:
            more: dict[str, Any] = {"reason": item.get("reason")} if reason else {}
            holds = item["status"].lower() == truth
            page.add(name, where, holds, **more, condition=item["type"], status=truth)


def _common(page: Page, kind: str, obj: Object, fields: Mapping[str, str]) -> str:
    """What all four have; returns the labels of the object."""
    meta, status = obj["metadata"], obj.get("status", {})
    where = labels(namespace=meta["namespace"], **{kind: meta["name"]})
    page.time(f"kube_{kind}_created", where, meta["creationTimestamp"])
    page.add(f"kube_{kind}_metadata_generation", where, meta.get("generation", 1))
    seen = status.get("observedGeneration", 0)
    page.add(f"kube_{kind}_status_observed_generation", where, seen)
    for metric, field in fields.items():
        page.add(f"kube_{kind}_status_{metric}", where, status.get(field, 0))
    return where


def _share(value: Any, of: int, *, up: bool) -> int:
    """A number or percentage of replicas, rounded as the controller does."""
    if isinstance(value, str) and value.endswith("%"):
        exact = int(value[:-1]) * of
        return -(-exact // 100) if up else exact // 100
    return int(value or 0)
