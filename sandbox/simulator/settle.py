"""Building a cluster from manifests and letting it come to what its world makes of it."""

from __future__ import annotations

from datetime import datetime

from sandbox.simulator import bootstrap
from sandbox.simulator.clock import Clock
from sandbox.simulator.durations import elapsed
from sandbox.simulator.engine import Engine
from sandbox.simulator.routes import CONTROLLERS, route
from sandbox.simulator.store import Store
from sandbox.simulator.world import World

EVENT_LIFETIME = 3600.0
"""Seconds after which events are gone (the API server's --event-ttl)."""


def build(world: World, start: datetime, seed: str) -> Engine:
    """A control plane over an empty cluster with the world's nodes and storage classes."""
    clock = Clock(start)
    store = Store(clock.now, seed=seed)
    engine = Engine(store, world, clock, seed=seed, controllers=CONTROLLERS, routes=route)
    bootstrap.cluster(engine)
    return engine


def settle(engine: Engine, duration: float) -> None:
    """Let so many seconds pass; afterwards old events are gone and nodes have just reported."""
    engine.advance(duration)
    refresh(engine)


def refresh(engine: Engine) -> None:
    """What happens all the time and is only written when it can be seen: heartbeats, expiry."""
    expire_events(engine)
    bootstrap.heartbeats(engine)


def expire_events(engine: Engine) -> None:
    """Remove events that are older than their lifetime, and what their recorder knows of them."""
    for event in engine.store.list("events"):
        series = event.get("series") or {}
        meta = event["metadata"]
        last = event.get("lastTimestamp") or series.get("lastObservedTime")
        last = last or event.get("eventTime") or meta["creationTimestamp"]
        if elapsed(last, engine.now) > EVENT_LIFETIME:
            engine.store.delete("events", meta["namespace"], meta["name"])
    engine.recorder.forget()
