"""`kubectl describe pod`: spec, status of each container, conditions."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.describe_podspec import GROUPS, podspec
from tools.distil.describe_values import present, rfc3339, rows, whole
from tools.distil.located import Draft, Path
from tools.distil.outline import Node
from tools.distil.shapes import dig, mappings, text

_STATUSES = {
    "initContainers": "initContainerStatuses",
    "containers": "containerStatuses",
    "ephemeralContainers": "ephemeralContainerStatuses",
}
_CONTAINER_REASONS = frozenset({"Failed", "BackOff", "Unhealthy", "Killing", "ErrImageNeverPull"})
_PROBE = re.compile(r"\b(liveness|readiness|startup) probe", re.I)
_NAMED = re.compile(r"\b[Cc]ontainer (\S{1,63}) |\bfailed container (\S{1,63}) in pod ")
_QUOTED_IMAGE = re.compile(r'\bimage "([^"]{1,512})"')
_STUCK = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"}
)


def pod(draft: Draft, top: Node, lines: list[str]) -> None:
    """Draft the pod that `top` shows."""
    status = top.get("Status")
    if status is not None:
        # Restarts are summed over the whole status.
        draft.mark(("status",), status.lines)
    if status is not None and not status.value.startswith("Terminating"):
        draft.put(("status", "phase"), status.shown, status.lines)
    for key in ("Reason", "Message"):
        if (node := top.get(key)) and node.shown:
            draft.put(("status", key.lower()), node.shown, node.lines)
    node = top.get("Node")
    if node and node.shown:
        draft.put(("spec", "nodeName"), node.shown.partition("/")[0], node.lines)
    conditions(draft, top)
    podspec(draft, top, ("spec",), lines)
    for heading, field in GROUPS.items():
        group = top.get(heading)
        seen = 0
        for child in group.children if group else []:
            if child.get("State") is not None:
                _container(draft, child, ("status", _STATUSES[field], seen))
                draft.mark(("status", _STATUSES[field]), child.lines)
                seen += 1


def conditions(draft: Draft, top: Node) -> None:
    """Draft the conditions of any object, as far as their table shows them."""
    block = top.get("Conditions")
    if block is None:
        return
    draft.mark(("status", "conditions"), block.block)
    for n, (row, cells) in enumerate(rows(block)):
        path: Path = ("status", "conditions", n)
        entry: dict[str, JsonValue] = {
            field: cells[key]
            for key, field in (
                ("Type", "type"),
                ("Status", "status"),
                ("Reason", "reason"),
                ("Message", "message"),
            )
            if cells.get(key)
        }
        draft.put(path, entry, row.lines)


def _container(draft: Draft, node: Node, at: Path) -> None:
    draft.put((*at, "name"), node.key, node.lines)
    for key, field in (("State", "state"), ("Last State", "lastState")):
        if (state := node.get(key)) is not None:
            _state(draft, state, (*at, field))
    if (ready := node.get("Ready")) and ready.value in ("True", "False"):
        draft.put((*at, "ready"), ready.value == "True", ready.lines)
    if (count := node.get("Restart Count")) and (number := whole(count.value)) is not None:
        draft.put((*at, "restartCount"), number, count.lines)


def _state(draft: Draft, node: Node, at: Path) -> None:
    word = node.value.lower()
    if word not in ("running", "waiting", "terminated"):
        return
    path = (*at, word)
    draft.put(path, {}, node.block)
    for key, field in (("Reason", "reason"), ("Message", "message")):
        if (found := node.get(key)) and found.value:
            draft.put((*path, field), found.value, found.lines)
    for key, field in (("Exit Code", "exitCode"), ("Signal", "signal")):
        found = node.get(key)
        if found and (number := whole(found.value)) is not None:
            draft.put((*path, field), number, found.lines)
    for key, field in (("Started", "startedAt"), ("Finished", "finishedAt")):
        if moment := rfc3339(present(found := node.get(key))):
            assert found is not None  # noqa: S101 - for the type checker
            draft.put((*path, field), moment, found.lines)


def container_of_event(draft: Draft, reason: str, message: str) -> str | None:
    """The container that an event of this pod is about; describe leaves its fieldPath out.

    None when the pod has several and neither the message nor their state tells which.
    """
    if reason not in _CONTAINER_REASONS:
        return None
    containers = [
        entry for group in _STATUSES for _, entry in mappings(dig(draft.raw, "spec", group))
    ]
    names = [text(entry.get("name")) for entry in containers]
    if len(names) == 1:
        return names[0]
    if (said := _NAMED.search(message)) and (said[1] or said[2]) in names:
        return said[1] or said[2]
    if image := _QUOTED_IMAGE.search(message):
        return _only([text(e.get("name")) for e in containers if e.get("image") == image[1]])
    if probed := _PROBE.search(message):
        field = f"{probed[1].lower()}Probe"
        return _only([text(e.get("name")) for e in containers if e.get(field)])
    if reason == "Failed":
        return _only(_stuck(draft))
    return None


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _stuck(draft: Draft) -> list[str]:
    """Containers whose state says that they could not be started."""
    found = []
    for group in _STATUSES.values():
        for _, entry in mappings(dig(draft.raw, "status", group)):
            reasons = {
                text(dig(entry, "state", "waiting", "reason")),
                text(dig(entry, "state", "terminated", "reason")),
                text(dig(entry, "lastState", "terminated", "reason")),
            }
            if reasons & _STUCK:
                found.append(text(entry.get("name")))
    return found
