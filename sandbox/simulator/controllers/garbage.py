"""The garbage collector: what becomes of objects whose owners go, or never were.

A dependent is looked at when it appears and when one of its owners changes; objects are named to this
controller as (store key, `namespace/name`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.simulator.clock import Task
from sandbox.simulator.deletion import FOREGROUND, ORPHAN, delete, going, unblock
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Change, Object, Store, UnknownKindError

LATENCY = 0.1
"""Seconds until the collector acts."""
_NO_OWNERS = frozenset({"events", "coordination.k8s.io/leases", "discovery.k8s.io/endpointslices"})
"""Keys whose objects own nothing, so that their many changes cost no search."""


def routes(engine: Engine, change: Change) -> Iterator[tuple[float, Task]]:
    """The objects that the collector must look at after a change."""
    if change.key in _NO_OWNERS:
        return
    obj = change.object
    finalizers = obj["metadata"].get("finalizers", ())
    if change.type == "DELETED":
        for key, dependent in dependents(engine.store, obj):
            yield LATENCY, task(key, dependent)
        yield from _blocked_owners(engine, obj)
    marked = going(obj) and (FOREGROUND in finalizers or ORPHAN in finalizers)
    lost = change.type == "ADDED" and _is_lost(engine.store, obj)
    if change.type != "DELETED" and (marked or lost):
        yield LATENCY, task(change.key, obj)


def _is_lost(store: Store, obj: Object) -> bool:
    """Whether one of an object's owners does not exist."""
    return any(_owner(store, obj, ref) is None for ref in _references(obj))


def reconcile(engine: Engine, namespace: str, name: str) -> None:
    """Look at one object: `namespace` is its store key, `name` its namespace/name."""
    place = name.partition("/")
    obj = engine.store.get(namespace, place[0], place[2])
    if obj is None:
        return
    finalizers = obj["metadata"].get("finalizers", ())
    if going(obj) and FOREGROUND in finalizers:
        _dependents_first(engine, obj)
    elif going(obj) and ORPHAN in finalizers:
        for _, dependent in dependents(engine.store, obj):
            _disown(engine, dependent, [obj["metadata"]["uid"]])
        unblock(engine, obj, ORPHAN)
    elif not going(obj):
        _collect(engine, obj)


def task(key: str, obj: Object) -> Task:
    """A look of the collector at an object."""
    meta = obj["metadata"]
    return Task("garbage", key, f"{meta.get('namespace', '')}/{meta['name']}")


def dependents(store: Store, owner: Object) -> list[tuple[str, Object]]:
    """(key, object) of everything that names an owner by its uid."""
    uid = owner["metadata"].get("uid")
    found = []
    for row in store.resources():
        if row.view_of is not None or row.key in _NO_OWNERS - {"discovery.k8s.io/endpointslices"}:
            continue
        for obj in store.list(row.key):
            if any(ref.get("uid") == uid for ref in _references(obj)):
                found.append((row.key, obj))
    return found


def _references(obj: Object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = obj["metadata"].get("ownerReferences") or []
    return found


def _owner(store: Store, obj: Object, ref: dict[str, Any]) -> Object | None:
    """The owner that a reference means; an empty object for a kind this server does not know."""
    try:
        row = store.resource_of({"apiVersion": ref["apiVersion"], "kind": ref["kind"]})
    except UnknownKindError:
        return {}
    namespace = obj["metadata"].get("namespace") if row.namespaced else None
    found = store.get(row.key, namespace, ref["name"])
    return found if found is not None and found["metadata"]["uid"] == ref["uid"] else None


def _collect(engine: Engine, obj: Object) -> None:
    """Delete an object none of whose owners is left, or forget those that are gone."""
    solid, gone, waiting = [], [], []
    for ref in _references(obj):
        owner = _owner(engine.store, obj, ref)
        if owner is None:
            gone.append(ref["uid"])
        elif owner and going(owner) and FOREGROUND in owner["metadata"].get("finalizers", ()):
            waiting.append(ref["uid"])
        else:
            solid.append(ref["uid"])
    if solid:
        _disown(engine, obj, gone + waiting)
    elif waiting and dependents(engine.store, obj):
        delete(engine, obj, policy="Foreground")
    elif gone or waiting:
        delete(engine, obj)


def _dependents_first(engine: Engine, owner: Object) -> None:
    """Foreground deletion: the owner goes when no dependent blocks it any more."""
    uid, blocked = owner["metadata"]["uid"], False
    for key, dependent in dependents(engine.store, owner):
        own = [ref for ref in _references(dependent) if ref["uid"] == uid]
        blocked = blocked or any(ref.get("blockOwnerDeletion") for ref in own)
        found = task(key, dependent)
        engine.call(found.controller, found.namespace, found.name)
    if not blocked:
        unblock(engine, owner, FOREGROUND)


def _blocked_owners(engine: Engine, obj: Object) -> Iterator[tuple[float, Task]]:
    for ref in _references(obj):
        owner = _owner(engine.store, obj, ref)
        if owner and going(owner):
            yield LATENCY, task(engine.store.resource_of(owner).key, owner)


def _disown(engine: Engine, obj: Object, uids: list[str]) -> None:
    meta = obj["metadata"]
    left = [ref for ref in _references(obj) if ref["uid"] not in uids]
    if left == _references(obj):
        return
    changed = {field: value for field, value in meta.items() if field != "ownerReferences"}
    if left:
        changed["ownerReferences"] = left
    engine.replace({**obj, "metadata": changed})
