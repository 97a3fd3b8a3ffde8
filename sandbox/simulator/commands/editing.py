"""kubectl scale, autoscale, patch, label, annotate, taint: small changes of what is there."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.commands.invocation import Invocation, pair
from sandbox.simulator.commands.session import (
    JSON_PATCH,
    MERGE,
    STRATEGIC,
    Refusal,
    Session,
)
from sandbox.simulator.store import Object

_PATCHES = {"json": JSON_PATCH, "merge": MERGE, "strategic": STRATEGIC}


def scale(session: Session, command: Invocation) -> None:
    """A merge patch of the scale subresource. Raises Refusal, UsageError."""
    replicas = command.number("replicas")
    if replicas is None:
        raise Refusal(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"
        )
    for what in session.chosen(command, command.words):
        session.patch(what, {"spec": {"replicas": replicas}}, MERGE, "scale")


def autoscale(session: Session, command: Invocation) -> None:
    """A HorizontalPodAutoscaler for a workload. Raises Refusal, UsageError."""
    what = session.one(command)
    session.get(what)
    target = {"apiVersion": what.row.api_version, "kind": what.row.kind, "name": what.name}
    spec: Object = {"maxReplicas": command.number("max"), "scaleTargetRef": target}
    if command.number("min") is not None:
        spec["minReplicas"] = command.number("min")
    percent = command.number("cpu-percent")
    if percent is not None:
        goal = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": goal}}]
    name = command.text("name", what.name)
    made = {"metadata": {"name": name}, "spec": spec}
    session.create(session.kind("horizontalpodautoscalers"), made)


def patch(session: Session, command: Invocation) -> None:
    """A patch as it is written (JSON or YAML). Raises Refusal, UsageError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    what = session.one(command)
    try:
        body: Any = YAML(typ="safe", pure=True).load(command.text("patch"))
    except YAMLError as error:
        raise Refusal(f"unable to parse {command.text('patch')!r}: {error}") from error
    how = _PATCHES[command.text("type", "strategic")]
    session.patch(what, body, how, command.text("subresource"))


def label(session: Session, command: Invocation) -> None:
    """Labels. Raises Refusal."""
    _mark(session, command, "labels")


def annotate(session: Session, command: Invocation) -> None:
    """Annotations. Raises Refusal."""
    _mark(session, command, "annotations")


def taint(session: Session, command: Invocation) -> None:
    """`taint nodes NAME KEY=VALUE:EFFECT KEY:EFFECT- KEY-`. Raises Refusal, UsageError."""
    words, changes = _split(command)
    for what in session.chosen(command, words):
        taints: list[Object] = list(session.get(what)["spec"].get("taints") or [])
        for change in changes:
            text, _, effect = change.removesuffix("-").partition(":")
            key, _, value = text.partition("=")

            def same(item: Object, key: str = key, effect: str = effect) -> bool:
                return bool(item["key"] == key and effect in ("", item["effect"]))

            if change.endswith("-"):
                if not any(map(same, taints)):
                    raise Refusal(f'taint "{text}" not found')
                taints = [item for item in taints if not same(item)]
                continue
            if any(map(same, taints)) and not command.on("overwrite"):
                raise Refusal(
                    f"node {what.name} already has {key} taint(s) with same effect(s) and "
                    "--overwrite is false"
                )
            new = {"key": key, "value": value, "effect": effect}
            taints = [*(item for item in taints if not same(item)), new]
        kept = [{k: v for k, v in item.items() if v != ""} for item in taints]
        session.patch(what, {"spec": {"taints": kept or None}})


def _mark(session: Session, command: Invocation, field: str) -> None:
    words, changes = _split(command)
    for what in session.chosen(command, words):
        here = session.get(what)["metadata"].get(field) or {}
        wanted: dict[str, str | None] = {}
        for change in changes:
            if change.endswith("-") and "=" not in change:
                wanted[change[:-1]] = None
                continue
            key, value = pair(change)
            if key in here and here[key] != value and not command.on("overwrite"):
                raise Refusal(
                    f"'{key}' already has a value ({here[key]}), and --overwrite is false"
                )
            wanted[key] = value
        session.patch(what, {"metadata": {field: wanted}}, MERGE)


def _split(command: Invocation) -> tuple[list[str], list[str]]:
    """Words that name objects, and words that change something."""
    changes = [w for w in command.words if "=" in w or w.endswith("-") or ":" in w]
    return [word for word in command.words if word not in changes], changes
