"""kube_pod_*: pods and their containers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.simulator.metrics.page import Page, labels
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object

PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
REASONS = (
    "Evicted",
    "NodeAffinity",
    "NodeLost",
    "Shutdown",
    "UnexpectedAdmissionError",
    "SchedulingGated",
)
TRUTH = ("true", "false", "unknown")
"""Values of a condition, as labels write them."""

_UNITS = {"cpu": "core", "memory": "byte", "ephemeral-storage": "byte", "storage": "byte"}


def pod(page: Page, obj: Object) -> None:
    """All samples of one pod."""
    meta, spec, status = obj["metadata"], obj["spec"], obj.get("status", {})
    where = labels(namespace=meta["namespace"], pod=meta["name"], uid=meta["uid"])
    owner = controller(obj)
    page.add(
        "kube_pod_info",
        where,
        1,
        host_ip=status.get("hostIP"),
        pod_ip=status.get("podIP"),
        node=spec.get("nodeName"),
        created_by_kind=owner.get("kind"),
        created_by_name=owner.get("name"),
        priority_class=spec.get("priorityClassName"),
        host_network=str(bool(spec.get("hostNetwork"))).lower(),
    )
    owners(page, "kube_pod_owner", where, obj)
    page.time("kube_pod_created", where, meta["creationTimestamp"])
    page.time("kube_pod_start_time", where, status.get("startTime"))
    page.time("kube_pod_deletion_timestamp", where, meta.get("deletionTimestamp"))
    page.add("kube_pod_restart_policy", where, 1, type=spec.get("restartPolicy", "Always"))
    phase = status.get("phase", "Pending")
    page.states("kube_pod_status_phase", where, "phase", PHASES, phase)
    if status.get("qosClass"):
        page.add("kube_pod_status_qos_class", where, 1, qos_class=status["qosClass"])
    _conditions(page, where, status)
    for volume in spec.get("volumes", []):
        claim = volume.get("persistentVolumeClaim")
        if claim:
            page.add(
                "kube_pod_spec_volumes_persistentvolumeclaims_info",
                where,
                1,
                volume=volume["name"],
                persistentvolumeclaim=claim["claimName"],
            )
    for kind, specs, statuses in (
        ("init_container", "initContainers", "initContainerStatuses"),
        ("container", "containers", "containerStatuses"),
    ):
        shown = {item["name"]: item for item in status.get(statuses, [])}
        for container in spec.get(specs, []):
            known = shown.get(container["name"])
            inside = f'{where},container="{container["name"]}"'
            _resources(page, f"kube_pod_{kind}_resource", inside, container, spec.get("nodeName"))
            if known is not None:
                _container(page, f"kube_pod_{kind}", inside, container, known)
    ended = [
        item.get("state", {}).get("terminated", {}).get("finishedAt")
        for item in status.get("containerStatuses", [])
    ]
    if phase in ("Succeeded", "Failed") and ended and all(ended):
        page.time("kube_pod_completion_time", where, max(ended))


def controller(obj: Object) -> Mapping[str, Any]:
    """The owner reference that controls an object, or an empty one."""
    refs: list[Mapping[str, Any]] = obj["metadata"].get("ownerReferences", [])
    return next((ref for ref in refs if ref.get("controller")), {})


def owners(page: Page, name: str, where: str, obj: Object) -> None:
    """One sample per owner reference; without any, one with empty labels."""
    for ref in obj["metadata"].get("ownerReferences") or [{}]:
        page.add(
            name,
            where,
            1,
            owner_kind=ref.get("kind"),
            owner_name=ref.get("name"),
            owner_is_controller=str(bool(ref.get("controller"))).lower() if ref else "",
        )


def resource(page: Page, name: str, where: str, quantity: str, value: Any) -> None:
    """One sample of an amount, with kube-state-metrics' resource and unit labels."""
    unit = _UNITS.get(quantity, "byte" if quantity.startswith("hugepages") else "integer")
    page.add(name, where, float(number(value)), resource=quantity.replace("-", "_"), unit=unit)


def _conditions(page: Page, where: str, status: Mapping[str, Any]) -> None:
    conditions = {item["type"]: item for item in status.get("conditions", [])}
    for type_, name in (
        ("Ready", "kube_pod_status_ready"),
        ("PodScheduled", "kube_pod_status_scheduled"),
    ):
        found = conditions.get(type_)
        if found is None:
            continue
        page.states(name, where, "condition", TRUTH, found["status"].lower())
        if found["status"] == "True":
            page.time(f"{name}_time", where, found.get("lastTransitionTime"))
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable":
        page.add("kube_pod_status_unschedulable", where, 1)
    reasons = {status.get("reason"), scheduled.get("reason")}
    for reason in REASONS:
        page.add("kube_pod_status_reason", where, reason in reasons, reason=reason)


def _resources(
    page: Page, name: str, where: str, container: Mapping[str, Any], node: str | None
) -> None:
    where = f"{where},{labels(node=node)}"
    for part in ("requests", "limits"):
        for quantity, value in container.get("resources", {}).get(part, {}).items():
            resource(page, f"{name}_{part}", where, quantity, value)


def _container(
    page: Page, name: str, where: str, spec: Mapping[str, Any], status: Mapping[str, Any]
) -> None:
    page.add(
        f"{name}_info",
        where,
        1,
        image_spec=spec["image"],
        image=status.get("image"),
        image_id=status.get("imageID"),
        container_id=status.get("containerID"),
    )
    state = status.get("state") or {"waiting": {}}
    page.add(f"{name}_status_ready", where, bool(status.get("ready")))
    page.add(f"{name}_status_restarts_total", where, status.get("restartCount", 0))
    for kind in ("running", "waiting", "terminated"):
        page.add(f"{name}_status_{kind}", where, kind in state)
    for kind in ("waiting", "terminated"):
        reason = state.get(kind, {}).get("reason")
        if reason:
            page.add(f"{name}_status_{kind}_reason", where, 1, reason=reason)
    last = (status.get("lastState") or {}).get("terminated")
    if last:
        page.add(f"{name}_status_last_terminated_reason", where, 1, reason=last.get("reason"))
    if name == "kube_pod_container":
        page.time(f"{name}_state_started", where, state.get("running", {}).get("startedAt"))
        if last:
            page.add(f"{name}_status_last_terminated_exitcode", where, last.get("exitCode", 0))
            page.time(f"{name}_status_last_terminated_timestamp", where, last.get("finishedAt"))
