"""Changes: what the newest revision of a Deployment changed against the one before."""

from __future__ import annotations

from pydantic import JsonValue

from agent.derive.derivation import Derivation
from tools.fact import Fact
from tools.objects import ObjectRef

MAX_CHANGES = 12
"""Paths kept per revision; a rewritten template is a change of everything."""
MAX_VALUE = 120
"""Characters of a value kept in a change."""
NAMED = ("name", "containerPort", "mountPath", "key")
"""Keys that identify list elements in a pod template, in order of preference."""


def derive_changes(derivation: Derivation) -> None:
    """State change.introduced for every Deployment whose last two revisions are known."""
    index, owners = derivation.index, derivation.owners
    for workload in index.objects("Deployment"):
        revisions = (
            sorted(
                (
                    (index.number(ref, "workload.revision"), ref)
                    for ref in owners.sets.get(workload, [])
                    if ref.kind == "ReplicaSet" and index.fact(ref, "workload.template")
                ),
                # Sets that were adopted share a revision, or have none.
                key=lambda item: (item[0], item[1].name),
            )
            if owners.sets.get(workload)
            else []
        )
        if len(revisions) < 2:
            continue
        (before, old), (after, new) = revisions[-2], revisions[-1]
        old_fact = index.fact(old, "workload.template")
        new_fact = index.fact(new, "workload.template")
        if old_fact is None or new_fact is None:
            continue
        changes = difference(old_fact.value, new_fact.value)
        if changes:
            _state(derivation, workload, (before, after), (old, new), (old_fact, new_fact), changes)


def _state(
    derivation: Derivation,
    workload: ObjectRef,
    revisions: tuple[int, int],
    sets: tuple[ObjectRef, ObjectRef],
    templates: tuple[Fact, Fact],
    changes: list[dict[str, str]],
) -> None:
    created = derivation.index.fact(sets[1], "object.created")
    value: dict[str, JsonValue] = {
        "revision": revisions[1],
        "previous": revisions[0],
        "at": created.value if created else None,
        "changes": [dict(change) for change in changes[:MAX_CHANGES]],
    }
    derivation.state(workload, "change.introduced", value, [*templates, created])


def difference(before: JsonValue, after: JsonValue, path: str = "") -> list[dict[str, str]]:
    """Differing leaves as {path, before, after}; list elements are paired by name where they have one."""
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            change
            for key in dict.fromkeys([*before, *after])
            for change in difference(
                before.get(key), after.get(key), f"{path}.{key}" if path else key
            )
        ]
    if isinstance(before, list) and isinstance(after, list):
        left, right = _keyed(before), _keyed(after)
        if left is not None and right is not None:
            return [
                change
                for key in dict.fromkeys([*left, *right])
                for change in difference(left.get(key), right.get(key), f"{path}[{key}]")
            ]
    return [{"path": path, "before": _short(before), "after": _short(after)}]


def _keyed(items: list[JsonValue]) -> dict[str, JsonValue] | None:
    for key in NAMED:
        if items and all(isinstance(item, dict) and key in item for item in items):
            return {str(item[key]): item for item in items if isinstance(item, dict)}
    return {} if not items else None


def _short(value: JsonValue) -> str:
    if value is None:
        return "(none)"
    text = _plain(value)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def _plain(value: JsonValue, *, inner: bool = False) -> str:
    """A value without the brackets of a language: `disktype=ssd`, a list's elements side by side."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        text = ", ".join(f"{key}={_plain(item, inner=True)}" for key, item in value.items())
    elif isinstance(value, list):
        text = " ".join(_plain(item, inner=True) for item in value)
    else:
        return "null" if value is None else str(value)
    return f"({text})" if inner else text
