"""The engine's parts: clock, agenda, quantities, recorder, determinism, fork."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.simulator import quantity
from sandbox.simulator.clock import Agenda, Clock, Task
from sandbox.simulator.engine import RunawayError
from sandbox.simulator.naming import SAFE, suffix, template_hash, uid
from sandbox.simulator.settle import settle
from tests.unit.simulator_physics.labs import NS, START, events, lab, pods, workload

CRASHES = {"apps": [{"image": "acme/app:1", "log": ["hi"], "exits": {"after": 1, "code": 3}}]}


def at(seconds: float) -> object:
    return START + timedelta(seconds=seconds)


def test_agenda_keeps_order_and_the_earlier_of_two() -> None:
    agenda = Agenda()
    one, two = Task("x", "", "1"), Task("x", "", "2")
    agenda.add(START + timedelta(seconds=9), one)
    agenda.add(START + timedelta(seconds=5), two)
    agenda.add(START + timedelta(seconds=3), one)
    agenda.add(START + timedelta(seconds=7), one)
    copy = agenda.copy()
    assert agenda.pop(START) is None
    until = START + timedelta(seconds=60)
    assert agenda.pop(until) == (at(3), one)
    assert agenda.pop(until) == (at(5), two)
    assert agenda.pop(until) is None
    assert copy.pop(until) == (at(3), one)


def test_clock_never_goes_back() -> None:
    clock = Clock(START)
    clock.advance_to(START + timedelta(seconds=5))
    clock.advance_to(START)
    assert clock.now() == at(5)


@pytest.mark.parametrize(
    ("text", "value"),
    [("100m", "0.1"), ("1", "1"), ("1Ki", "1024"), ("1.5Gi", "1610612736"), ("2k", "2000"),
     ("1e3", "1000"), (".5", "0.5"), (3, "3")],
)  # fmt: skip
def test_quantities(text: object, value: str) -> None:
    assert quantity.number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "1 Gi", "Gi", "1mi", "0x10", None])
def test_no_quantities(text: object) -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        quantity.number(text)


@given(st.integers(0, 2**50), st.sampled_from(["1", "1m", "1Mi", "1Gi", "1k"]))
def test_written_quantities_read_back(value: int, like: str) -> None:
    assert quantity.number(quantity.written(Decimal(value), like)) == value


@pytest.mark.parametrize(
    ("value", "like", "text"),
    [("0", "1Gi", "0"), ("1073741824", "64Mi", "1Gi"), ("0.25", "100m", "250m"),
     ("3", "100m", "3"), ("2000", "1k", "2k"), ("1000", "1Ki", "1k")],
)  # fmt: skip
def test_written_as_the_server_writes(value: str, like: str, text: str) -> None:
    assert quantity.written(Decimal(value), like) == text


def test_generated_names_are_kubernetes_like() -> None:
    assert set(suffix("s", "a")) <= set(SAFE)
    assert 8 <= len(template_hash({"a": 1})) <= 10
    assert template_hash({"a": 1, "b": 2}) == template_hash({"b": 2, "a": 1})
    assert template_hash({"a": 1}) != template_hash({"a": 2})
    assert uid("s", 1) != uid("s", 2)
    assert uid("s", 1)[14] == "4"


def everything(world: dict[str, Any], seconds: float) -> str:
    engine = lab(world, workload("Deployment", replicas=3))
    settle(engine, seconds)
    found = [engine.store.list(row.key) for row in engine.store.resources()]
    return json.dumps(found, sort_keys=True)


def test_the_same_story_gives_the_same_bytes() -> None:
    assert everything(CRASHES, 200) == everything(CRASHES, 200)


def test_time_in_small_steps_is_the_same_time() -> None:
    one, other = (lab(CRASHES, workload("Deployment", replicas=2)) for _ in range(2))
    one.advance(100)
    for _ in range(1000):
        other.advance(0.1)
    assert pods(one) == pods(other)


def test_a_fork_goes_its_own_way() -> None:
    engine = lab(CRASHES, workload("Deployment"))
    engine.advance(30)
    before = pods(engine)
    clock = Clock(engine.now)
    other = engine.fork(engine.store.fork(clock.now), clock)
    other.advance(100)
    assert pods(engine) == before
    engine.advance(100)
    assert [p["status"] for p in pods(engine)] == [p["status"] for p in pods(other)]


def test_events_end_after_an_hour() -> None:
    engine = lab(None, workload("Deployment"))
    settle(engine, 3500)
    assert events(engine, "ScalingReplicaSet")
    settle(engine, 200)
    assert not engine.store.list("events", NS)


def test_days_cost_nothing_and_nodes_have_just_reported() -> None:
    engine = lab(None, workload("Deployment", replicas=5))
    settle(engine, 30 * 86_400)
    (node,) = engine.store.list("nodes")
    assert node["status"]["conditions"][-1]["lastHeartbeatTime"] > "2026-12-23"
    assert engine.store.get("coordination.k8s.io/leases", "kube-node-lease", "node1")


def test_controllers_that_fight_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.simulator.engine.LIMIT", 20)
    engine = lab(None, workload("Deployment", replicas=9))
    with pytest.raises(RunawayError, match="without rest"):
        engine.advance(60)


def test_a_dead_node_starts_nothing() -> None:
    engine = lab({"nodes": [{"name": "n", "ready": False}]}, workload("Deployment"))
    engine.advance(30)
    assert [p["status"]["phase"] for p in pods(engine)] == ["Pending"]
