"""Events, as client-go's recorders write them: counted, aggregated, and dropped when they are spam.

A component that repeats itself raises the count of one event. The tenth event that differs only in
its message opens a combined one. An object may receive 25 events of a type from a component at once,
then one in five minutes: that is why a failing readiness probe falls silent after a while.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.simulator.naming import uid
from sandbox.simulator.references import object_reference
from sandbox.simulator.store import Object, Store, micro_timestamp, timestamp

SIMILAR_LIMIT = 10
"""From this many similar events on (client-go defaultAggregateMaxEvents) they are combined."""
SIMILAR_SECONDS = 600
"""Within this window (defaultAggregateIntervalInSeconds)."""
BURST = 25
"""Events of one type that a component may send about an object at once (defaultSpamBurst)."""
REFILL_SECONDS = 300
"""Then one more for each of these (defaultSpamQPS = 1/300)."""


class Source(NamedTuple):
    """Who says it."""

    component: str
    host: str = ""


@dataclass
class _Bucket:
    tokens: float
    at: datetime


@dataclass
class Recorder:
    """Writes events into the store. Its memory is what the components remember."""

    store: Store
    seed: str
    _names: dict[tuple[str, ...], str] = field(default_factory=dict)
    _similar: dict[tuple[str, ...], tuple[set[str], datetime]] = field(default_factory=dict)
    _buckets: dict[tuple[str, ...], _Bucket] = field(default_factory=dict)
    _serial: int = 0

    def record(
        self, about: Object, type_: str, reason: str, message: str, source: Source, path: str = ""
    ) -> None:
        """One event about an object, from a kubelet or controller."""
        meta, now = about["metadata"], self.store.now()
        where = self.store.get("namespaces", None, meta.get("namespace", "default"))
        if where is None or "deletionTimestamp" in where["metadata"]:
            return  # the server takes no new objects there
        if not self._allowed((*source, meta["uid"], type_), now):
            return
        similar = (*source, meta["uid"], path, type_, reason)
        message, combined = self._combine(similar, message, now)
        # the combined event's message changes each time; it is found by being combined
        key = (*similar, "combined" if combined else message)
        namespace = meta.get("namespace", "default")
        old = self.store.get("events", namespace, self._names.get(key, ""))
        if old is not None:
            new = {
                **old,
                "count": old["count"] + 1,
                "lastTimestamp": timestamp(now),
                "message": message,
            }
            self.store.put(new)
            return
        involved: Object = object_reference(about)
        if path:
            involved["fieldPath"] = path
        self._names[key] = self._create(
            {
                "count": 1,
                "eventTime": None,
                "firstTimestamp": timestamp(now),
                "involvedObject": involved,
                "lastTimestamp": timestamp(now),
                "message": message,
                "reason": reason,
                "reportingComponent": "" if combined else source.component,
                "reportingInstance": source.host,
                "source": {
                    "component": source.component,
                    **({"host": source.host} if source.host else {}),
                },
                "type": type_,
            },
            meta["name"],
            namespace,
        )

    def schedule(self, pod: Object, type_: str, reason: str, message: str, action: str) -> None:
        """One event of the scheduler, in the events.k8s.io form: a series instead of a count."""
        meta, now = pod["metadata"], self.store.now()
        key = ("scheduler", meta["uid"], type_, reason, message)
        old = self.store.get("events", meta["namespace"], self._names.get(key, ""))
        if old is not None:
            count = (old.get("series") or {"count": 1})["count"] + 1
            series = {"count": count, "lastObservedTime": micro_timestamp(now)}
            self.store.put({**old, "series": series})
            return
        self._names[key] = self._create(
            {
                "action": action,
                "eventTime": micro_timestamp(now),
                "firstTimestamp": None,
                "involvedObject": object_reference(pod),
                "lastTimestamp": None,
                "message": message,
                "reason": reason,
                "reportingComponent": "default-scheduler",
                "reportingInstance": "default-scheduler-vm",
                "source": {},
                "type": type_,
            },
            meta["name"],
            meta["namespace"],
        )

    def forget(self) -> None:
        """Drop what makes no difference any more.

        That are names of events which are gone, windows that have closed and buckets that are full.
        """
        now = self.store.now()
        there = {event["metadata"]["name"] for event in self.store.list("events")}
        self._names = {key: name for key, name in self._names.items() if name in there}
        self._similar = {
            key: (said, at)
            for key, (said, at) in self._similar.items()
            if (now - at).total_seconds() <= SIMILAR_SECONDS
        }
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if bucket.tokens + (now - bucket.at).total_seconds() / REFILL_SECONDS < BURST
        }

    def copy(self, store: Store) -> Recorder:
        """The same memory over another store."""
        buckets = {key: _Bucket(b.tokens, b.at) for key, b in self._buckets.items()}
        similar = {key: (set(said), at) for key, (said, at) in self._similar.items()}
        return Recorder(store, self.seed, dict(self._names), similar, buckets, self._serial)

    def _create(self, body: Mapping[str, Any], about: str, namespace: str) -> str:
        """Store a new event and return its name: the object's, a dot, the time in nanoseconds."""
        self._serial += 1
        nanos = int(self.store.now().timestamp() * 1_000_000) * 1000 + self._serial
        name = f"{about}.{nanos:x}"
        meta = {
            "name": name,
            "namespace": namespace,
            "uid": uid(self.seed, "event", self._serial),
        }
        self.store.put({"apiVersion": "v1", "kind": "Event", "metadata": meta, **body})
        return name

    def _allowed(self, key: tuple[str, ...], now: datetime) -> bool:
        """The spam filter: a token bucket per source, object and type."""
        bucket = self._buckets.setdefault(key, _Bucket(BURST, now))
        gained = (now - bucket.at).total_seconds() / REFILL_SECONDS
        bucket.tokens, bucket.at = min(BURST, bucket.tokens + gained), now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def _combine(self, key: tuple[str, ...], message: str, now: datetime) -> tuple[str, bool]:
        """The message to write, and whether it stands for several."""
        said, since = self._similar.get(key, (set(), now))
        if (now - since).total_seconds() > SIMILAR_SECONDS:
            said = set()
        said.add(message)
        self._similar[key] = (said, now)
        if len(said) < SIMILAR_LIMIT:
            return message, False
        return f"(combined from similar events): {message}", True
