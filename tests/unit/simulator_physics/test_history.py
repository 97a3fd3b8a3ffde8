"""Snapshots, forks, and another world under a running cluster."""

from __future__ import annotations

import time
from typing import Any

from sandbox.simulator.clock import Clock
from sandbox.simulator.engine import Engine
from sandbox.simulator.injection import inject
from sandbox.simulator.settle import settle
from sandbox.simulator.steps import perform
from sandbox.simulator.world import World
from tests.unit.simulator_physics.labs import NS, events, lab, log, pod, pods, state, workload

CRASHES = {"apps": [{"image": "acme/app:1", "log": ["hi"], "exits": {"after": 20, "code": 3}}]}


def objects(engine: Engine) -> Any:
    return {row.key: engine.store.list(row.key) for row in engine.store.resources()}


def test_going_back_is_going_back_to_the_same_future() -> None:
    engine = lab(CRASHES, workload("Deployment", replicas=3))
    engine.advance(90)
    before, at = objects(engine), engine.now
    snapshot = engine.snapshot()
    for _ in range(2):
        version = engine.store.version
        assert perform(engine, "delete deployment app", NS) is None
        engine.advance(300)
        assert not pods(engine)
        engine.restore(snapshot)
        assert objects(engine) == before
        assert engine.now == at
        assert engine.store.version > version
        assert engine.store.changes(version) is None
    clock = Clock(at)
    twin = engine.fork(engine.store.fork(clock.now), clock)
    engine.advance(400)
    twin.advance(400)
    shown = [p["status"] for p in pods(engine)]
    assert shown == [p["status"] for p in pods(twin)]
    assert state_of(engine) == state_of(twin)


def state_of(engine: Engine) -> list[tuple[str, int]]:
    return sorted((e["message"], e["count"]) for e in events(engine, "BackOff"))


def test_snapshot_and_fork_take_milliseconds() -> None:
    engine = lab(CRASHES, *(workload("Deployment", f"app{n}", replicas=3) for n in range(8)))
    engine.advance(600)
    best = 1.0
    for _ in range(5):
        started = time.perf_counter()
        snapshot = engine.snapshot()
        clock = Clock(engine.now)
        engine.fork(engine.store.fork(clock.now), clock)
        best = min(best, time.perf_counter() - started)
    assert snapshot.now == engine.now
    assert best < 0.03  # 10 ms is the goal on a free machine


def test_a_program_that_runs_gets_another_future() -> None:
    engine = lab(None, workload("Deployment"))
    engine.advance(30)
    assert state(engine)["restartCount"] == 0
    inject(engine, World.model_validate(CRASHES))
    engine.advance(30)
    assert state(engine)["restartCount"] == 1
    assert state(engine)["lastState"]["terminated"]["exitCode"] == 3
    inject(engine, World())
    engine.advance(60)
    assert "running" in state(engine)["state"]
    assert log(engine) == "hi\n"


def test_a_node_breaks_when_it_is_told_to() -> None:
    engine = lab(None, workload("Deployment"))
    engine.advance(30)
    age = (engine.now - engine.epoch).total_seconds()
    trouble = {"kind": "runtime-down", "after": age}
    inject(engine, World.model_validate({"nodes": [{"name": "node1", "troubles": [trouble]}]}))
    engine.advance(10)
    assert "container runtime is down" in str(engine.store.get("nodes", None, "node1"))


def test_a_registry_that_goes_down_is_met_by_the_next_pull() -> None:
    engine = lab(None, workload("Deployment"))
    engine.advance(30)
    broken = {"registry": [{"image": "acme/app:1", "pull": "refused"}]}
    inject(engine, World.model_validate(broken))
    engine.advance(30)
    assert pod(engine)["status"]["phase"] == "Running"
    assert perform(engine, "delete pod " + pod(engine)["metadata"]["name"], NS) is None
    engine.advance(30)
    assert state(engine)["state"]["waiting"]["reason"] in ("ErrImagePull", "ImagePullBackOff")


def test_what_recorders_forget_makes_no_difference() -> None:
    engine = lab(CRASHES, workload("Deployment", replicas=2))
    twin = lab(CRASHES, workload("Deployment", replicas=2))
    for _ in range(40):
        engine.advance(400)
        twin.advance(400)
        twin.recorder.forget()
    assert objects(engine) == objects(twin)


def test_recorders_forget_with_the_events() -> None:
    engine = lab(CRASHES, workload("Deployment", replicas=2))
    settle(engine, 3600)
    assert perform(engine, "delete deployment app", NS) is None
    settle(engine, 9000)
    assert not engine.store.list("events", NS)
    memory = engine.recorder
    assert (memory._names, memory._similar, memory._buckets) == ({}, {}, {})
