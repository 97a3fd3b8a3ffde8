"""Pods: their state, the state of each container, and what their status messages say."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from tools.distil.evictions import evicted
from tools.distil.item import Item
from tools.distil.messages import Statement, place, read
from tools.distil.podspec import podspec
from tools.distil.podstatus import condition, is_true, pod_status, sidecars
from tools.distil.shapes import dig, integer, mapping, mappings, text
from tools.objects import ObjectRef

_GROUPS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def pod(item: Item) -> None:
    """State all facts of one Pod object."""
    raw, status = item.raw, item.status
    for field in ("phase", "reason", "message"):
        item.say_text(f"pod.{field}", status.get(field), f"status.{field}")
    printed = pod_status(raw)
    if printed.status:
        item.say("pod.status", printed.status, printed.path, quote=f"STATUS {printed.status}")
    item.say("pod.restarts", printed.restarts, "status", quote=f"RESTARTS {printed.restarts}")
    item.say_text("pod.node", item.spec.get("nodeName"), "spec.nodeName")
    item.say_text("pod.uid", item.meta.get("uid"), "metadata.uid")
    if priority := integer(item.spec.get("priority")):
        item.say("pod.priority", priority, "spec.priority")
    if status.get("reason") == "Evicted":
        said = text(status.get("message"))
        item.say("pod.evicted", evicted(said).value, "status.message", quote=said)
    _conditions(item)
    podspec(item, item.spec, "spec")
    images = _images(item.spec)
    beside = sidecars(raw)
    for group in _GROUPS:
        for n, entry in mappings(status.get(group)):
            name = text(entry.get("name"))
            about = item.container(name)
            at = f"status.{group}[{n}]"
            init = group == "initContainerStatuses" and name not in beside
            item.say("container.init", init, f"{at}.name", about=about, quote=f"{group}: {name}")
            _container(item, entry, at, about, images.get(name, ""))


def _images(spec: dict[str, JsonValue]) -> dict[str, str]:
    return {
        text(container.get("name")): text(container.get("image"))
        for group in ("initContainers", "containers", "ephemeralContainers")
        for _, container in mappings(spec.get(group))
    }


def _conditions(item: Item) -> None:
    ready = condition(item.raw, "Ready")
    if item.status.get("phase") == "Succeeded":
        item.say("pod.ready", True, "status.phase")
    elif ready is not None:
        value = ready[1].get("status") == "True"
        item.say("pod.ready", value, f"status.conditions[{ready[0]}].status", quote=_told(ready[1]))
    elif item.status:
        item.say("pod.ready", False, "status.conditions", quote="no Ready condition")
    for kind, name in (("PodScheduled", "pod.scheduled"), ("Initialized", "pod.initialized")):
        found = condition(item.raw, kind)
        if found is None:
            continue
        n, entry = found
        value = is_true(item.raw, kind) is True
        path = f"status.conditions[{n}]"
        item.say(name, value, f"{path}.status", quote=_told(entry))
        if kind == "PodScheduled" and not value and entry.get("reason") == "Unschedulable":
            for statement in read("FailedScheduling", text(entry.get("message"))):
                _state(item, statement, item.ref, f"{path}.message", text(entry.get("message")))


def _told(entry: dict[str, JsonValue]) -> str:
    words = [text(entry.get(key)) for key in ("type", "status", "reason", "message")]
    return " ".join(word for word in words if word)


def _state(item: Item, statement: Statement, about: ObjectRef, at: str, quote: str) -> None:
    item.say(statement.name, statement.value, at, about=place(statement, about), quote=quote)


def _container(
    item: Item, entry: dict[str, JsonValue], at: str, about: ObjectRef, image: str
) -> None:
    if isinstance(ready := entry.get("ready"), bool):
        item.say("container.ready", ready, f"{at}.ready", about=about)
    if isinstance(started := entry.get("started"), bool):
        item.say("container.started", started, f"{at}.started", about=about)
    if (restarts := integer(entry.get("restartCount"))) is not None:
        item.say("container.restarts", restarts, f"{at}.restartCount", about=about)
    state = mapping(entry.get("state"))
    for word in ("running", "waiting", "terminated"):
        if isinstance(state.get(word), dict):
            path = f"{at}.state.{word}"
            item.say("container.state", word, path, about=about, quote=f"state: {word}")
            break
    since = dig(state, "running", "startedAt")
    item.say_text("container.running.since", since, f"{at}.state.running.startedAt", about)
    said: list[tuple[str, Statement]] = []
    if waiting := mapping(state.get("waiting")):
        path = f"{at}.state.waiting"
        reason, message = text(waiting.get("reason")), text(waiting.get("message"))
        item.say_text("container.waiting.reason", reason, f"{path}.reason", about)
        item.say_text("container.waiting.message", message, f"{path}.message", about)
        said += [(f"{path}.message", statement) for statement in read(reason, message)]
    said += _exit(item, entry, at, about)
    told: set[str] = set()
    for path, statement in said:
        value = mapping(statement.value)
        if statement.name == "pull.error" and not value.get("image"):
            statement = statement._replace(value=value | {"image": image})
        # A start error stands in the waiting message and in the last termination; once is enough.
        if statement.name == "start.error" and statement.name in told:
            continue
        told.add(statement.name)
        _state(
            item,
            statement,
            about,
            path,
            text(value.get("message")) or text(dig(state, "waiting", "message")),
        )


def _exit(
    item: Item, entry: dict[str, JsonValue], at: str, about: ObjectRef
) -> list[tuple[str, Statement]]:
    """State the latest termination; returns what its message says while it still matters."""
    path = f"{at}.state.terminated"
    ended = mapping(dig(entry, "state", "terminated"))
    if not ended:
        path = f"{at}.lastState.terminated"
        ended = mapping(dig(entry, "lastState", "terminated"))
    if not ended:
        return []
    reason, message = text(ended.get("reason")), text(ended.get("message"))
    if (code := integer(ended.get("exitCode"))) is not None:
        quote = f"exitCode: {code} reason: {reason}" if reason else None
        item.say("container.exit.code", code, f"{path}.exitCode", about=about, quote=quote)
    item.say_text("container.exit.reason", reason, f"{path}.reason", about)
    item.say_text("container.exit.message", message, f"{path}.message", about)
    item.say_text("container.exit.at", ended.get("finishedAt"), f"{path}.finishedAt", about)
    if (seconds := lasted(text(ended.get("startedAt")), text(ended.get("finishedAt")))) is not None:
        quote = f"startedAt: {ended.get('startedAt')} finishedAt: {ended.get('finishedAt')}"
        item.say("container.exit.seconds", seconds, path, about=about, quote=quote)
    if isinstance(dig(entry, "state", "running"), dict) or reason not in _TOLD_BY_RUNTIME:
        return []
    return [(f"{path}.message", statement) for statement in read(reason, message)]


# Other reasons carry the program's own termination message, which may say anything.
_TOLD_BY_RUNTIME = frozenset({"StartError", "ContainerCannotRun"})


def lasted(started: str, finished: str) -> float | None:
    """Seconds between two RFC 3339 times; None when either is absent or the start is the epoch.

    The kubelet writes 1970-01-01 as the start of a container that never ran.
    """
    try:
        begin = datetime.fromisoformat(started)
        end = datetime.fromisoformat(finished)
    except ValueError:
        return None
    if begin.tzinfo is None or end.tzinfo is None or begin.year <= 1970:
        return None
    return max((end - begin).total_seconds(), 0.0)
