"""How ownership moves when an object changes, for updates and applies alike."""

from __future__ import annotations

from typing import NamedTuple

from sandbox.simulator.patching.compare import Comparison, compared
from sandbox.simulator.patching.entries import Manager, Managers, stripped
from sandbox.simulator.patching.fieldset import FieldSet, Path
from sandbox.simulator.patching.schema import Node, Raw, root_of
from sandbox.simulator.patching.zeros import filled
from sandbox.simulator.resources import BY_KIND
from sandbox.simulator.store import Object


class Conflict(NamedTuple):
    """A field that one manager owns and another wants to have otherwise."""

    manager: Manager
    path: Path


def schema_of(obj: Object, schema: Raw | None) -> Node:
    """The schema of an object's kind."""
    return root_of(str(obj.get("apiVersion")), str(obj.get("kind")), schema)


def differences(old: Object, new: Object, node: Node) -> Comparison:
    """What changed, in terms of the kind's Go type."""
    return compared(filled(old, node), filled(new, node), node)


def ignored(api_version: str, kind: str, sub: str) -> tuple[Path, ...]:
    """What a write through this path cannot change, and so does not come to own."""
    if sub == "status":
        # Custom resources' status updates leave the metadata alone.
        custom = (api_version, kind) not in BY_KIND
        return (("f:spec",), ("f:metadata",)) if custom else (("f:spec",),)
    if sub:
        return ()
    row = BY_KIND.get((api_version, kind))
    return () if row is not None and row.subresource("status") is None else (("f:status",),)


def conflicts(managers: Managers, change: Comparison, *, besides: Manager | None) -> list[Conflict]:
    """Fields of other managers that a change touches."""
    touched = change.modified | change.added
    return [
        Conflict(who, path)
        for who in sorted(managers)
        if who != besides
        for path in (managers[who].fields & touched).paths()
    ]


def taken(managers: Managers, change: Comparison, *, besides: Manager | None) -> Managers:
    """The managers less what a change took from them; those left with nothing are gone."""
    lost = change.modified | change.added | change.removed
    result: Managers = {}
    for who, owned in managers.items():
        rest = owned.fields if who == besides else owned.fields - lost
        if rest:
            result[who] = owned._replace(fields=rest)
    return result


def gained(change: Comparison, hidden: tuple[Path, ...]) -> FieldSet:
    """What the author of a change comes to own."""
    return stripped((change.modified | change.added).without_trees(hidden))
