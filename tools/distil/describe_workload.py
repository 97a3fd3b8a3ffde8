"""`kubectl describe` of what makes pods: replicas, template, jobs and their schedules."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.describe_pod import conditions
from tools.distil.describe_podspec import podspec
from tools.distil.describe_values import event_rows, labels, pairs, present, rfc3339, whole
from tools.distil.located import Draft, Path
from tools.distil.outline import Node
from tools.distil.shapes import dig, mappings

_COUNT = re.compile(r"(\d{1,9}) (desired|updated|total|available|unavailable|current)\b", re.I)
_PODS = re.compile(r"(\d{1,9}) (Active|Running|Succeeded|Failed)\b")
_REPLICAS: dict[str, Path] = {
    "desired": ("spec", "replicas"),
    "updated": ("status", "updatedReplicas"),
    "total": ("status", "replicas"),
    "current": ("status", "replicas"),
    "available": ("status", "availableReplicas"),
}
_NODES = {
    "Desired Number of Nodes Scheduled": "desiredNumberScheduled",
    "Current Number of Nodes Scheduled": "currentNumberScheduled",
    "Number of Nodes Scheduled with Up-to-date Pods": "updatedNumberScheduled",
    "Number of Nodes Scheduled with Available Pods": "numberAvailable",
}


def workload(draft: Draft, top: Node, lines: list[str]) -> None:
    """Draft a Deployment, ReplicaSet, StatefulSet or DaemonSet."""
    _selector(draft, top)
    if (replicas := top.get("Replicas")) is not None:
        for number, word in _COUNT.findall(replicas.value):
            if path := _REPLICAS.get(word.lower()):
                draft.put(path, int(number), replicas.lines)
    for key, field in _NODES.items():
        if (node := top.get(key)) and (count := whole(node.value)) is not None:
            draft.put(("status", field), count, node.lines)
    conditions(draft, top)
    for n, entry in mappings(dig(draft.raw, "status", "conditions")):
        if entry.get("type") == "Progressing" and entry.get("reason") == "DeploymentPaused":
            spot = draft.lines_of(f"status.conditions[{n}]")
            draft.put(("spec", "paused"), True, spot or top.lines)
    template(draft, top, ("spec", "template"), lines)
    if (claims := top.get("Volume Claims")) is not None:
        draft.put(("spec", "volumeClaimTemplates"), _claims(claims), claims.block)


def _selector(draft: Draft, top: Node) -> None:
    if (node := top.get("Selector")) and (found := pairs(node.shown)):
        draft.put(("spec", "selector", "matchLabels"), found, node.lines)


def template(draft: Draft, top: Node, at: Path, lines: list[str]) -> None:
    """Draft the pod template below `Pod Template`, at the path `at`."""
    node = top.get("Pod Template")
    if node is None:
        return
    if (marks := node.get("Labels")) and (found := labels(marks)):
        draft.put((*at, "metadata", "labels"), found, marks.block)
    podspec(draft, node, (*at, "spec"), lines)


def _claims(node: Node) -> list[JsonValue]:
    """Volume claim templates; their fields stand in one row of lines, each begun by a name."""
    found: list[JsonValue] = []
    body: dict[str, JsonValue] = {}
    for child in node.children:
        if child.key == "Name":
            body = {}
            found.append({"metadata": {"name": child.shown}, "spec": body})
        elif child.key == "StorageClass" and child.shown:
            body["storageClassName"] = child.shown
        elif child.key == "Capacity" and child.shown:
            body["resources"] = {"requests": {"storage": child.shown}}
        elif child.key == "Access Modes":
            modes: list[JsonValue] = [*child.value.strip("[]").replace(",", " ").split()]
            body["accessModes"] = modes
    return found


def job(draft: Draft, top: Node, lines: list[str]) -> None:
    """Draft a Job. Its Failed condition is not shown; the event of that reason says the same."""
    if (counts := top.get("Pods Statuses")) is not None:
        for number, word in _PODS.findall(counts.value):
            field = "active" if word in ("Active", "Running") else word.lower()
            draft.put(("status", field), int(number), counts.lines)
    for key, field in (
        ("Backoff Limit", "backoffLimit"),
        ("Active Deadline Seconds", "activeDeadlineSeconds"),
    ):
        if (node := top.get(key)) and (number := whole(node.value)) is not None:
            draft.put(("spec", field), number, node.lines)
    suspend = top.get("Suspend")
    if suspend and suspend.value.lower() in ("true", "false"):
        draft.put(("spec", "suspend"), suspend.value.lower() == "true", suspend.lines)
    done = top.get("Completed At")
    if done and done.shown:
        draft.put(("status", "conditions", 0), {"type": "Complete", "status": "True"}, done.lines)
    else:
        _failed(draft, top, lines)
    template(draft, top, ("spec", "template"), lines)


def _failed(draft: Draft, top: Node, lines: list[str]) -> None:
    for number, cells in event_rows(top, lines):
        if cells.get("Type") == "Warning" and cells.get("Reason") in (
            "BackoffLimitExceeded",
            "DeadlineExceeded",
        ):
            draft.mark(("status", "conditions"), (number, number))


def cronjob(draft: Draft, top: Node, lines: list[str]) -> None:
    """Draft a CronJob."""
    for key, field in (("Schedule", "schedule"), ("Concurrency Policy", "concurrencyPolicy")):
        if (node := top.get(key)) and node.shown:
            draft.put(("spec", field), node.shown, node.lines)
    suspend = top.get("Suspend")
    if suspend and suspend.value.lower() in ("true", "false"):
        draft.put(("spec", "suspend"), suspend.value.lower() == "true", suspend.lines)
    last = top.get("Last Schedule Time")
    if last and (moment := rfc3339(present(last))):
        draft.put(("status", "lastScheduleTime"), moment, last.lines)
    if (active := top.get("Active Jobs")) is not None:
        names: list[JsonValue] = [{"name": n.strip()} for n in active.shown.split(",") if n.strip()]
        draft.put(("status", "active"), names, active.lines)
    template(draft, top, ("spec", "jobTemplate", "spec", "template"), lines)
