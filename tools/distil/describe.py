"""Describe: facts from the text of `kubectl describe`, the same as from the objects' JSON.

Covered: Pod, Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob, Service, Node,
PersistentVolumeClaim, ResourceQuota, ConfigMap (keys), and the events below any of them. Other
kinds give what all have: that they exist, labels, owner, events.
"""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil import (
    configmaps,
    describe_objects,
    describe_pod,
    describe_workload,
    jobs,
    nodes,
    pods,
    quotas,
    services,
    storage,
    workloads,
)
from tools.distil.describe_values import event_rows, labels, notes, rfc3339
from tools.distil.events import Events
from tools.distil.facts import FactList
from tools.distil.item import Item
from tools.distil.kinds import kind_of, namespaced
from tools.distil.located import Draft, LocatedFacts
from tools.distil.origins import origin
from tools.distil.outline import Node, objects
from tools.distil.shapes import mapping, text
from tools.distil.workloads import WORKLOADS
from tools.move import Move

_AGE = re.compile(r"\(x(\d{1,9}) over ")
_STATE = {
    "Pod": pods.pod,
    **dict.fromkeys(WORKLOADS, workloads.workload),
    "Job": jobs.job,
    "CronJob": jobs.cronjob,
    "Service": services.service,
    "PersistentVolumeClaim": storage.claim,
    "ResourceQuota": quotas.quota,
    "ConfigMap": configmaps.configmap,
    "Node": nodes.node,
}
# When several kinds were asked for, these lines tell which one a description is of.
_MARKS = (
    ("CronJob", ("Schedule", "Concurrency Policy")),
    ("Job", ("Pods Statuses", "Parallelism")),
    ("Deployment", ("StrategyType",)),
    ("DaemonSet", ("Desired Number of Nodes Scheduled",)),
    ("StatefulSet", ("Update Strategy",)),
    ("ReplicaSet", ("Replicas", "Pods Status", "Pod Template")),
    ("Service", ("Session Affinity",)),
    ("Node", ("System Info",)),
    ("PersistentVolumeClaim", ("VolumeMode", "StorageClass")),
    ("Pod", ("Status", "Containers", "Volumes")),
    ("ConfigMap", ("BinaryData",)),
)


def describe(source: str, move: Move, facts: FactList) -> None:
    """State what the descriptions of one or several objects show. Never raises.

    When the move names objects, others are left out: text of a program could imitate them.
    """
    kinds = [kind_of(word) for target in move.targets for word in target.resource.split(",")]
    known = list(dict.fromkeys(kind for kind in kinds if kind is not None))
    names = [target.name for target in move.targets if target.name]
    lines = [line.rstrip("\r") for line in source.split("\n")]
    for top in objects(source):
        kind = known[0] if len(known) == 1 and None not in kinds else _recognised(top, known)
        name = top.get("Name")
        asked = not names or any(name and name.value.startswith(n) for n in names)
        if kind and name and name.shown and asked:
            _object(kind, top, move, lines, facts)


def _recognised(top: Node, kinds: list[str]) -> str | None:
    for kind, marks in _MARKS:
        if kind in kinds and all(top.get(mark) or _heads(top, mark) for mark in marks):
            return kind
    heads = any(child.text.split() == ["Resource", "Used", "Hard"] for child in top.children)
    return "ResourceQuota" if heads and "ResourceQuota" in kinds else None


def _heads(top: Node, mark: str) -> bool:
    return any(child.text == mark for child in top.children)


def _object(kind: str, top: Node, move: Move, lines: list[str], facts: FactList) -> None:
    draft = Draft()
    _metadata(draft, kind, top, move)
    match kind:
        case "Pod":
            describe_pod.pod(draft, top, lines)
        case "Job":
            describe_workload.job(draft, top, lines)
        case "CronJob":
            describe_workload.cronjob(draft, top, lines)
        case "Service":
            describe_objects.service(draft, top)
        case "PersistentVolumeClaim":
            describe_objects.claim(draft, top)
        case "ResourceQuota":
            describe_objects.quota(draft, top)
        case "ConfigMap":
            describe_objects.configmap(draft, lines, top.line, top.end)
        case "Node":
            describe_objects.node(draft, top)
        case kind if kind in WORKLOADS:
            describe_workload.workload(draft, top, lines)
    located = LocatedFacts(facts, draft, lines)
    item = Item(draft.raw, kind, "", located)
    origin(item)
    if state := _STATE.get(kind):
        state(item)
    if kind == "Service":
        describe_objects.endpoints(item.ref, top, located)
    if kind == "Node":
        describe_objects.allocated(item.ref, top, located)
    if kind == "Pod" and (status := top.get("Status")) and status.value.startswith("Terminating"):
        located.add(item.ref, "pod.status", "Terminating", lines=status.lines)
    _events(item, top, draft, located, lines)


def _metadata(draft: Draft, kind: str, top: Node, move: Move) -> None:
    if name := top.get("Name"):
        draft.put(("metadata", "name"), name.value, name.lines)
    space = top.get("Namespace")
    if namespaced(kind) and (found := (space.shown if space else "") or move.namespace):
        draft.put(("metadata", "namespace"), found, space.lines if space else top.lines)
    if (marks := top.get("Labels")) is not None:
        draft.put(("metadata", "labels"), labels(marks), marks.block)
    if (written := top.get("Annotations")) is not None:
        draft.put(("metadata", "annotations"), notes(written), written.block)
    created = top.get("CreationTimestamp")
    if created and (moment := rfc3339(created.value)):
        draft.put(("metadata", "creationTimestamp"), moment, created.lines)
    finalizers = top.get("Finalizers")
    if finalizers and finalizers.value.startswith("["):
        entries: list[JsonValue] = [*finalizers.value.strip("[]").split()]
        draft.put(("metadata", "finalizers"), entries, finalizers.lines)
    owner = top.get("Controlled By")
    if owner and "/" in owner.shown:
        of, _, called = owner.shown.partition("/")
        entry: dict[str, JsonValue] = {"kind": of, "name": called, "controller": True}
        draft.put(("metadata", "ownerReferences", 0), entry, owner.lines)


def _events(item: Item, top: Node, draft: Draft, located: LocatedFacts, lines: list[str]) -> None:
    """State the events below a description; they are about the object itself."""
    events = Events()
    for n, (number, cells) in enumerate(event_rows(top, lines)):
        reason, message = cells.get("Reason", ""), cells.get("Message", "")
        container = None
        if item.kind == "Pod":
            container = describe_pod.container_of_event(draft, reason, message)
        events.add(event(item, cells, container), f"events[{n}]")
        draft.mark(("events", n), (number, number))
    events.state(located)


def event(item: Item, cells: dict[str, str], container: str | None) -> dict[str, JsonValue]:
    """An event object from a row of a description; ages are left out, as no clock is known."""
    age = _AGE.search(cells.get("Age", ""))
    about: dict[str, JsonValue] = {"kind": item.kind, "name": item.ref.name}
    if item.ref.namespace:
        about["namespace"] = item.ref.namespace
    if container:
        about["fieldPath"] = f"spec.containers{{{container}}}"
    source: dict[str, JsonValue] = {"component": text(mapping({**cells}).get("From"))}
    return {
        "type": cells.get("Type", ""),
        "reason": cells.get("Reason", ""),
        "message": cells.get("Message", ""),
        "count": int(age[1]) if age else 1,
        "involvedObject": about,
        "source": source,
    }
