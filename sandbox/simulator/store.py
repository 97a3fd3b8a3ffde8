"""The objects of a simulated cluster, their versions, and the log of changes.

Stored dicts are treated as immutable: replace an object, never change it in place. That makes a
snapshot a copy of references and lets readers go without copies. The store numbers, dates and
remembers; defaults, validation and controllers are other people's work.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from sandbox.simulator.customs import custom_resources
from sandbox.simulator.resources import BY_KEY, BY_KIND, RESOURCES, Resource
from sandbox.simulator.views import to_stored

Object = dict[str, Any]
"""A Kubernetes object as its JSON reads."""

ObjectMap = dict[tuple[str, str], Object]
"""(namespace, name) -> object; the namespace is empty for cluster-scoped kinds."""

ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]

LOG_LIMIT = 20_000
"""Changes kept for watches to catch up from. etcd keeps five minutes; this is a day of a small
cluster, and copying the list of them on a fork still takes well under a millisecond."""

CRD_KEY = "apiextensions.k8s.io/customresourcedefinitions"


class UnknownKindError(ValueError):
    """The apiVersion and kind of an object name nothing that this server has."""


class Change(NamedTuple):
    """One write; `version` is the resourceVersion it made."""

    version: int
    type: ChangeType
    key: str
    object: Object
    """The new state; for DELETED the last one, with the deletion's resourceVersion."""
    previous: Object | None


class Snapshot(NamedTuple):
    """A frozen state of a store, to return to or to start another store from."""

    maps: dict[str, ObjectMap]
    version: int
    serial: int
    log: tuple[Change, ...]


class Store:
    """Objects by key, namespace and name, on a virtual clock that the caller owns.

    `now` returns the virtual time (aware datetime). `seed` makes the uids, so that the same writes
    give the same cluster.
    """

    def __init__(self, now: Callable[[], datetime], *, seed: str = "") -> None:
        self._now = now
        self._seed = seed
        self._maps: dict[str, ObjectMap] = {}
        self._owned: set[str] = set()
        """Keys whose map no snapshot shares, so that it may be changed in place."""
        self._version = 1
        self._floor = 0
        """Versions below this belong to a history that was given up."""
        self._serial = 0
        self._log: list[Change] = []
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._rows: tuple[Resource, ...] | None = RESOURCES

    # Reading

    def now(self) -> datetime:
        """The virtual time, UTC."""
        return self._now()

    @property
    def version(self) -> int:
        """The resourceVersion of the newest write."""
        return self._version

    def get(self, key: str, namespace: str | None, name: str) -> Object | None:
        """One object, or None. `namespace` is None or empty for cluster-scoped kinds."""
        return self._maps.get(key, {}).get((namespace or "", name))

    def list(self, key: str, namespace: str | None = None) -> list[Object]:
        """The objects of a key, by namespace and name; those of one namespace when it is given."""
        with self._lock:
            found = list(self._maps.get(key, {}).items())
        if namespace:
            found = [item for item in found if item[0][0] == namespace]
        return [obj for _, obj in sorted(found, key=lambda item: item[0])]

    def resources(self) -> tuple[Resource, ...]:
        """Every kind served now: the built-in ones, then those that CRDs add."""
        if self._rows is None:
            self._rows = (*RESOURCES, *custom_resources(self.list(CRD_KEY)))
        return self._rows

    def resource_of(self, obj: Object) -> Resource:
        """The row an object belongs to. Raises UnknownKindError."""
        kind = (str(obj.get("apiVersion")), str(obj.get("kind")))
        if kind in BY_KIND:
            return BY_KIND[kind]
        for row in self.resources():
            if (row.api_version, row.kind) == kind:
                return row
        raise UnknownKindError(f"no kind {kind[1]} in {kind[0]}")

    # Writing

    def put(self, obj: Object) -> Object:
        """Create or replace an object and return it as stored.

        Always a new resourceVersion; uid, creationTimestamp and generation carry over from the
        object it replaces, else they are made. An object equal to the stored one is no write.
        Raises UnknownKindError.
        """
        row = self.resource_of(obj)
        obj = to_stored(obj)
        meta = dict(obj.get("metadata") or {})
        place = (meta.get("namespace", "") if row.namespaced else "", str(meta.get("name", "")))
        with self._lock:
            old = self._maps.get(row.key, {}).get(place)
            old_meta = old["metadata"] if old else {}
            for field in ("uid", "creationTimestamp"):
                if field in old_meta:
                    meta[field] = old_meta[field]
            meta.setdefault("uid", self._next_uid())
            meta.setdefault("creationTimestamp", timestamp(self._now()))
            if row.generation:
                meta["generation"] = _generation(obj, old)
            meta["resourceVersion"] = old_meta.get("resourceVersion", "")
            new = {**obj, "metadata": meta}
            if old is not None and new == old:
                return old
            self._version += 1
            new["metadata"]["resourceVersion"] = str(self._version)
            self._record("MODIFIED" if old else "ADDED", row.key, place, new, old)
        self._notify()
        return new

    def load(self, objects: Iterable[Object]) -> None:
        """Take objects as they are, uid, resourceVersion and times included (a recording, a twin).

        What is missing is filled as `put` does. Raises UnknownKindError.
        """
        for obj in objects:
            version = str((obj.get("metadata") or {}).get("resourceVersion", ""))
            if not version.isdecimal():
                self.put(obj)
                continue
            row = self.resource_of(obj)
            obj = to_stored(obj)
            meta = obj["metadata"]
            place = (meta.get("namespace", "") if row.namespaced else "", str(meta["name"]))
            with self._lock:
                old = self._maps.get(row.key, {}).get(place)
                self._version = max(self._version, int(version))
                self._record("MODIFIED" if old else "ADDED", row.key, place, obj, old)
        self._notify()

    def delete(self, key: str, namespace: str | None, name: str) -> Object | None:
        """Remove an object at once and return its last state; None when it was not there."""
        place = (namespace or "", name)
        with self._lock:
            old = self._maps.get(key, {}).get(place)
            if old is None:
                return None
            self._version += 1
            meta = {**old["metadata"], "resourceVersion": str(self._version)}
            self._record("DELETED", key, place, {**old, "metadata": meta}, old)
        self._notify()
        return old

    # Snapshots

    def snapshot(self) -> Snapshot:
        """The state now, sharing every object and map until one of them is written."""
        with self._lock:
            self._owned.clear()
            return Snapshot(dict(self._maps), self._version, self._serial, tuple(self._log))

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot. Watches that are open notice only what is written after it."""
        with self._lock:
            self._maps = dict(snapshot.maps)
            self._owned.clear()
            self._rows = None
            self._version, self._serial = snapshot.version, snapshot.serial
            self._log = list(snapshot.log)

    def rewind(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot under a new version: what clients saw in between was never there.

        Watches that started before get 410 Expired, and their clients list again.
        """
        with self._lock:
            version = max(self._version, snapshot.version) + 1
            self.restore(snapshot)
            self._version = self._floor = version
            self._log.clear()
        self._notify()

    def fork(self, now: Callable[[], datetime] | None = None) -> Store:
        """Another store that starts from this state and goes its own way."""
        other = Store(now or self._now, seed=self._seed)
        other.restore(self.snapshot())
        return other

    # Changes

    def changes(self, since: int, key: str | None = None) -> Sequence[Change] | None:
        """Changes after a resourceVersion, oldest first; None when they are no longer kept."""
        with self._lock:
            if since < self._floor:
                return None
            if self._log and len(self._log) >= LOG_LIMIT and since < self._log[0].version - 1:
                return None
            start = len(self._log)
            while start and self._log[start - 1].version > since:
                start -= 1
            return [change for change in self._log[start:] if key is None or change.key == key]

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every write, in the writer's thread; returns how to stop it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # Insides

    def _record(
        self, type_: ChangeType, key: str, place: tuple[str, str], new: Object, old: Object | None
    ) -> None:
        if key not in self._owned:
            self._maps[key] = dict(self._maps.get(key, {}))
            self._owned.add(key)
        if type_ == "DELETED":
            del self._maps[key][place]
        else:
            self._maps[key][place] = new
        if key == CRD_KEY:
            self._rows = None
        self._log.append(Change(self._version, type_, key, new, old))
        if len(self._log) > LOG_LIMIT + LOG_LIMIT // 10:
            del self._log[:-LOG_LIMIT]

    def _notify(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _next_uid(self) -> str:
        self._serial += 1
        digest = hashlib.sha256(f"{self._seed}/{self._serial}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))


def timestamp(at: datetime) -> str:
    """A time as metav1.Time writes it: RFC 3339, UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_timestamp(at: datetime) -> str:
    """A time as metav1.MicroTime writes it: RFC 3339, UTC, microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stored_row(key: str) -> Resource | None:
    """The built-in row of the version in which the objects of a key are stored."""
    return BY_KEY.get(key)


def _generation(obj: Object, old: Object | None) -> int:
    if old is None:
        return int((obj.get("metadata") or {}).get("generation", 1))
    ignored = ("metadata", "status")
    before = {field: value for field, value in old.items() if field not in ignored}
    after = {field: value for field, value in obj.items() if field not in ignored}
    was = int(old["metadata"].get("generation", 1))
    return was if before == after else was + 1
