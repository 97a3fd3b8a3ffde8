"""The engine: calls controllers for what changed and for what is due, in virtual time.

A controller is a function of the store, the hidden world and the hour, called for one object; it
writes what it derives back into the store and says when it wants to be called again. The engine turns
each write, whoever made it, into calls of the controllers that watch such objects.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.simulator.clock import Agenda, Clock, Task, seconds
from sandbox.simulator.naming import rng, uid
from sandbox.simulator.recorder import Recorder, Source
from sandbox.simulator.store import Change, Object, Snapshot, Store, timestamp
from sandbox.simulator.world import World

if TYPE_CHECKING:
    from sandbox.simulator.kubelet.records import PodRecord

Reconcile = Callable[["Engine", str, str], float | None]
"""Called with the engine, a namespace and a name; returns seconds until the next call, or None."""

Routes = Callable[["Engine", Change], Iterable[tuple[float, Task]]]
"""Which controllers a change concerns, each with how many seconds later they notice."""

LIMIT = 200_000
"""Controller calls in one run, beyond which two controllers must be fighting each other."""


class RunawayError(RuntimeError):
    """Controllers that never come to rest: a bug of the simulator."""


class EngineSnapshot(NamedTuple):
    """A frozen control plane."""

    store: Snapshot
    world: World
    now: datetime
    epoch: datetime
    recorder: Recorder
    pods: dict[str, PodRecord]
    memory: dict[tuple[str, ...], Any]
    agenda: Agenda


class Engine:
    """A simulated control plane over one store."""

    def __init__(
        self,
        store: Store,
        world: World,
        clock: Clock,
        *,
        seed: str,
        controllers: Mapping[str, Reconcile],
        routes: Routes,
    ) -> None:
        self.store = store
        self.world = world
        self.clock = clock
        self.seed = seed
        self.epoch = clock.now()
        """The moment from which the world counts its troubles: when the scenario begins."""
        self.recorder = Recorder(store, seed)
        self.pods: dict[str, PodRecord] = {}
        """What the kubelets know, by pod uid."""
        self.memory: dict[tuple[str, ...], Any] = {}
        """What controllers remember between calls (back-off steps, generated names). Flat values."""
        self._agenda = Agenda()
        self._controllers = controllers
        self._routes = routes
        self._seen = store.version
        self._last: Task | None = None
        """The newest call, for complaints."""

    @property
    def now(self) -> datetime:
        """The virtual present."""
        return self.clock.now()

    @property
    def stamp(self) -> str:
        """The virtual present as objects write it."""
        return timestamp(self.clock.now())

    def random(self, *parts: object) -> Random:
        """A generator for one purpose; the same for the same seed and parts."""
        return rng(self.seed, *parts)

    def count(self, *key: str) -> int:
        """How often this was called with this key before."""
        seen = int(self.memory.get(("count", *key), 0))
        self.memory[("count", *key)] = seen + 1
        return seen

    def call(self, controller: str, namespace: str, name: str, after: float = 0) -> None:
        """Have a controller called for an object, `after` seconds from now."""
        self._agenda.add(self.now + seconds(after), Task(controller, namespace, name))

    def create(self, obj: Object) -> Object:
        """Store a new object under a uid drawn from the seed and its name."""
        meta = dict(obj["metadata"])
        where = (obj["kind"], meta.get("namespace", ""), meta["name"])
        meta.setdefault("uid", uid(self.seed, *where, self.count("created", *where)))
        return self.store.put({**obj, "metadata": meta})

    def set_status(self, obj: Object, status: Mapping[str, Any]) -> Object:
        """Store an object with another status; nothing is written when it is the same."""
        return self.store.put({**obj, "status": dict(status)})

    def replace(self, obj: Object) -> Object:
        """Store an object without counting a generation, as subresources such as binding do."""
        version = str(self.store.version + 1)
        new = {**obj, "metadata": {**obj["metadata"], "resourceVersion": version}}
        self.store.load([new])
        return new

    def begin(self) -> None:
        """The scenario begins now: from here the world counts its troubles."""
        self.epoch = self.now
        for node in self.store.list("nodes"):
            self.call("node", "", node["metadata"]["name"])

    def event(
        self,
        about: Object,
        type_: str,
        reason: str,
        message: str,
        component: str,
        *,
        host: str = "",
        path: str = "",
    ) -> None:
        """Record an event; `path` is the fieldPath inside the object."""
        self.recorder.record(about, type_, reason, message, Source(component, host), path)

    def advance(self, duration: float) -> None:
        """Let so many seconds pass."""
        self.run_until(self.now + timedelta(seconds=duration))

    def run_until(self, until: datetime) -> None:
        """Call everything that is due up to `until`, then stand there. Raises RunawayError."""
        for _ in range(LIMIT):
            if self.step(until):
                return
        raise RunawayError(f"{LIMIT} controller calls without rest, the last for {self._last}")

    def step(self, until: datetime) -> bool:
        """Make the next call that is due up to `until`; without one stand there, and say True."""
        self._notice()
        due = self._agenda.pop(until)
        if due is None:
            self.clock.advance_to(until)
            return True
        self.clock.advance_to(due[0])
        task = self._last = due[1]
        again = self._controllers[task.controller](self, task.namespace, task.name)
        if again is not None:
            self._agenda.add(self.now + seconds(max(again, 0.001)), task)
        self._notice()
        return False

    def wake(self) -> None:
        """Have every controller look at its objects again, as after a restart of them all."""
        for row in self.store.resources():
            if row.view_of is None and row.key != "events":
                for obj in self.store.list(row.key):
                    change = Change(self.store.version, "ADDED", row.key, obj, None)
                    for delay, task in self._routes(self, change):
                        self._agenda.add(self.now + seconds(delay), task)

    def snapshot(self) -> EngineSnapshot:
        """The control plane and its store as they are now, to return to."""
        return EngineSnapshot(
            self.store.snapshot(),
            self.world,
            self.now,
            self.epoch,
            self.recorder.copy(self.store),
            copy.deepcopy(self.pods),
            dict(self.memory),
            self._agenda.copy(),
        )

    def restore(self, snapshot: EngineSnapshot) -> None:
        """Go back to a snapshot, time included; it can be returned to again.

        Resource versions go on counting, so that no client takes the old state for the new one: open
        watches are told that theirs is too old, and list again.
        """
        self._notice()
        self.store.rewind(snapshot.store)
        self.world, self.epoch = snapshot.world, snapshot.epoch
        self.clock.rewind_to(snapshot.now)
        self.recorder = snapshot.recorder.copy(self.store)
        self.pods = copy.deepcopy(snapshot.pods)
        self.memory = dict(snapshot.memory)
        self._agenda = snapshot.agenda.copy()
        self._seen = self.store.version

    def fork(self, store: Store, clock: Clock) -> Engine:
        """The same control plane over a fork of the store, free to go its own way."""
        other = Engine(
            store,
            self.world,
            clock,
            seed=self.seed,
            controllers=self._controllers,
            routes=self._routes,
        )
        other.recorder = self.recorder.copy(store)
        other.pods = copy.deepcopy(self.pods)
        other.memory = dict(self.memory)
        other.epoch = self.epoch
        other._agenda = self._agenda.copy()
        return other

    def _notice(self) -> None:
        """Route what was written since the last look."""
        if self.store.version == self._seen:
            return
        changes = self.store.changes(self._seen) or []
        self._seen = self.store.version
        for change in changes:
            for delay, task in self._routes(self, change):
                self._agenda.add(self.now + seconds(delay), task)


def still(store: Store) -> Engine:
    """A control plane without controllers over a store: nothing in it moves (a recording, a copy)."""
    return Engine(
        store,
        World(),
        Clock(store.now()),
        seed="",
        controllers={},
        routes=lambda engine, change: (),
    )
