"""kubectl set image, env, resources, serviceaccount, selector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from sandbox.simulator.commands.invocation import Invocation, nest, pair
from sandbox.simulator.commands.session import Named, Refusal, Session
from sandbox.simulator.store import Object

Change = Callable[[Object], Object | None]
"""What to change in a container: the fields of a strategic merge patch, or None."""


def image(session: Session, command: Invocation) -> None:
    """`set image TYPE/NAME CONTAINER=IMAGE ...`. Raises Refusal, UsageError."""
    words, pairs = _split(command)
    wanted = dict(pairs)

    def change(container: Object) -> Object | None:
        found = wanted.get(container["name"], wanted.get("*"))
        return {"image": found} if found else None

    for what in session.chosen(command, words):
        obj = session.get(what)
        known = {item["name"] for item in _all_containers(obj)}
        for name in wanted:
            if name != "*" and name not in known:
                raise Refusal(f'unable to find container named "{name}"')
        _patch_containers(session, what, obj, change)


def env(session: Session, command: Invocation) -> None:
    """`set env TYPE/NAME KEY=VALUE KEY- [--from=configmap/NAME]`. Raises Refusal, UsageError."""
    words, pairs = _split(command)
    gone = [word[:-1] for word in words if word.endswith("-")]
    words = [word for word in words if not word.endswith("-")]
    entries: list[Object] = [{"name": key, "value": value} for key, value in pairs]
    entries += [{"name": key, "$patch": "delete"} for key in gone]
    if "from" in command.flags:
        entries += _from(session, command)
    only = command.text("containers", "*")

    def change(container: Object) -> Object | None:
        if not fnmatchcase(container["name"], only):
            return None
        old = {item["name"]: item for item in container.get("env", [])}
        made = []
        for entry in entries:
            plain = "value" in entry and "valueFrom" in old.get(entry["name"], {})
            made.append({**entry, "valueFrom": None} if plain else entry)
        return {"env": made}

    for what in session.chosen(command, words):
        _patch_containers(session, what, session.get(what), change)


def resources(session: Session, command: Invocation) -> None:
    """`set resources TYPE/NAME --limits=... --requests=...`. Raises Refusal, UsageError."""
    wanted = {key: command.pairs(key) for key in ("limits", "requests") if key in command.flags}
    if not wanted:
        raise Refusal(
            "you must specify an update to requests or limits (in the form of --requests/--limits)"
        )
    only = command.text("containers", "*")

    def change(container: Object) -> Object | None:
        return {"resources": wanted} if fnmatchcase(container["name"], only) else None

    for what in session.chosen(command, command.words):
        _patch_containers(session, what, session.get(what), change)


def serviceaccount(session: Session, command: Invocation) -> None:
    """`set serviceaccount TYPE NAME ACCOUNT`. Raises Refusal."""
    *words, account = command.words
    for what in session.chosen(command, words):
        path = template_path(what.row.kind)
        session.patch(what, nest(path, {"serviceAccountName": account}))


def selector(session: Session, command: Invocation) -> None:
    """`set selector service NAME KEY=VALUE,...`. Raises Refusal, UsageError."""
    *words, expression = command.words
    wanted = dict(pair(part) for part in expression.split(","))
    for what in session.named(words):
        if what.row.kind != "Service":
            raise Refusal(f"selector for {what.row.kind} cannot be set")
        old = session.get(what)["spec"].get("selector") or {}
        session.patch(what, {"spec": {"selector": {**dict.fromkeys(old), **wanted}}})


def template_path(kind: str) -> tuple[str, ...]:
    """Where a kind keeps its pod's spec."""
    if kind == "Pod":
        return ("spec",)
    if kind == "CronJob":
        return ("spec", "jobTemplate", "spec", "template", "spec")
    return ("spec", "template", "spec")


def _split(command: Invocation) -> tuple[list[str], list[tuple[str, str]]]:
    """Words that name objects (or end in `-`), and KEY=VALUE words."""
    words = [word for word in command.words if "=" not in word]
    return words, [pair(word) for word in command.words if "=" in word]


def _pod_spec(obj: Object) -> Object:
    spec: Any = obj
    for key in template_path(obj["kind"]):
        spec = spec.get(key) or {}
    found: Object = spec
    return found


def _all_containers(obj: Object) -> list[Object]:
    spec = _pod_spec(obj)
    return [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]


def _patch_containers(session: Session, what: Named, obj: Object, change: Change) -> None:
    """Send what changes in each container, and their order, as kubectl does."""
    patch: Object = {}
    for field in ("containers", "initContainers"):
        found: Sequence[Object] = _pod_spec(obj).get(field) or []
        changed = [
            {**new, "name": item["name"]} for item in found if (new := change(item)) is not None
        ]
        if changed:
            patch[field] = changed
            patch[f"$setElementOrder/{field}"] = [{"name": item["name"]} for item in found]
    if patch:
        session.patch(what, nest(template_path(obj["kind"]), patch))


def _from(session: Session, command: Invocation) -> list[Object]:
    """The entries for every key of a ConfigMap or Secret."""
    source = session.named([command.text("from")])[0]
    field = "configMapKeyRef" if source.row.kind == "ConfigMap" else "secretKeyRef"
    keys = command.items("keys") or sorted(session.get(source).get("data") or {})
    prefix = command.text("prefix")
    return [
        {
            "name": f"{prefix}{key}".upper().replace("-", "_").replace(".", "_"),
            "valueFrom": {field: {"name": source.name, "key": key}},
        }
        for key in keys
    ]
