"""updated: metadata.managedFields after an ordinary write by a client."""

from __future__ import annotations

from typing import Literal

from sandbox.simulator.patching.compare import same
from sandbox.simulator.patching.entries import (
    Managers,
    Owned,
    capped,
    decoded,
    is_reset,
    manager,
    timeless,
    with_managers,
    without_managers,
)
from sandbox.simulator.patching.ownership import differences, gained, ignored, schema_of, taken
from sandbox.simulator.patching.schema import Raw
from sandbox.simulator.store import Object

Operation = Literal["Update", "Apply"]


def updated(
    old: Object | None,
    new: Object,
    *,
    manager: str,
    operation: Operation,
    now: str,
    sub: str = "",
    schema: Raw | None = None,
) -> Object:
    """The new object with its managedFields brought up to date.

    Give it the new object after defaulting, as the API server does: defaults belong to who made them
    appear. `old` is None for a creation. `now` is an RFC 3339 time, `sub` a subresource, `schema` a
    custom kind's openAPIV3Schema. An existing object that nobody manages stays so.
    """
    entries = (new.get("metadata") or {}).get("managedFields")
    if is_reset(entries) and not sub:
        managers: Managers = {}
    else:
        managers = {} if sub else _read(entries)
        managers = managers or _read(((old or {}).get("metadata") or {}).get("managedFields"))
    if old is not None and not managers:
        return without_managers(new)
    result = owning(
        old, new, managers, manager=manager, operation=operation, now=now, sub=sub, schema=schema
    )
    return settled(old, with_managers(new, result))


def owning(
    old: Object | None,
    new: Object,
    managers: Managers,
    *,
    manager: str,
    operation: Operation,
    now: str,
    sub: str = "",
    schema: Raw | None = None,
) -> Managers:
    """Who owns what after `manager` turned the old object into the new one."""
    version, kind = str(new.get("apiVersion")), str(new.get("kind"))
    node = schema_of(new, schema)
    before = without_managers(old) if old else {"apiVersion": version, "kind": kind, "metadata": {}}
    change = differences(before, without_managers(new), node)
    result = taken(managers, change, besides=None)
    fields = gained(change, ignored(version, kind, sub))
    if fields:
        who = _who(manager, operation, version, sub)
        if who in result:
            fields = fields | result[who].fields
        result[who] = Owned(fields, now, version)
    return capped(result)


def settled(old: Object | None, new: Object) -> Object:
    """The new object, with the old times when it differs from the old one in nothing else."""
    if old is None:
        return new
    was, now_is = old["metadata"].get("managedFields"), new["metadata"].get("managedFields")
    if was is None or now_is is None or timeless(was) != timeless(now_is):
        return new
    if not same(without_managers(old), without_managers(new)):
        return new
    return {**new, "metadata": {**new["metadata"], "managedFields": was}}


_who = manager


def _read(entries: object) -> Managers:
    """Managers as far as they can be read; the server forgets what it cannot."""
    try:
        return decoded(entries)
    except (TypeError, ValueError):
        return {}
