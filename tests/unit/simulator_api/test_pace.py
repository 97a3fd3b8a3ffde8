"""How time passes while a server is up: slices between requests, bounded, and never in the future."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.simulator.deletion import delete
from sandbox.simulator.engine import Engine
from sandbox.simulator.intake import apply
from sandbox.simulator.pace import AUTO, MANUAL, SLICE, Pace, Pacer, scaled
from sandbox.simulator.timeshift import TimeShift
from tests.unit.simulator_physics.labs import NS, container, lab, obj, pods, workload

BARE = obj("Pod", "p", spec={"containers": [container()]})


def paced(engine: Engine, pace: Pace, story: Callable[[Pacer], Awaitable[None]]) -> Pacer:
    """A pacer that ran during a story."""
    found: list[Pacer] = []

    async def main() -> None:
        pacer, stopping = Pacer(engine, pace), asyncio.Event()
        found.append(pacer)
        running = asyncio.ensure_future(pacer.run(stopping))
        await story(pacer)
        stopping.set()
        await asyncio.wait_for(running, 2)

    asyncio.run(main())
    return found[0]


def passed(engine: Engine, since: datetime) -> float:
    return (engine.now - since).total_seconds()


async def until(true: Callable[[], Any], seconds: float = 3) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not in time"
        await asyncio.sleep(0.002)


@pytest.mark.parametrize("pace", [MANUAL, AUTO])
def test_nothing_passes_when_nobody_asks(pace: Pace) -> None:
    engine = lab(None, workload("Deployment"))
    start = engine.now

    async def story(pacer: Pacer) -> None:
        with pacer.request():
            pass
        await asyncio.sleep(0.1)

    paced(engine, pace, story)
    assert passed(engine, start) == 0


def test_manual_time_stands_still_after_a_write_and_under_a_watch() -> None:
    engine = lab()
    start = engine.now

    async def story(pacer: Pacer) -> None:
        with pacer.watch(), pacer.request():
            apply(engine, BARE, NS)
        await asyncio.sleep(0.05)

    paced(engine, MANUAL, story)
    assert passed(engine, start) == 0


def test_a_write_buys_so_much_and_no_more() -> None:
    engine = lab()
    start = engine.now

    async def story(pacer: Pacer) -> None:
        with pacer.request():
            apply(engine, BARE, NS)
        await until(lambda: passed(engine, start) >= AUTO.after_write)
        await asyncio.sleep(0.05)

    paced(engine, AUTO, story)
    assert passed(engine, start) == pytest.approx(AUTO.after_write)
    assert pods(engine)[0]["status"]["phase"] == "Running"


def test_a_watch_hurries_at_a_bounded_speed_then_loses_patience() -> None:
    engine = lab()
    start = engine.now
    pace = Pace("auto", watched=100, patience=20)

    async def story(pacer: Pacer) -> None:
        with pacer.watch():
            await until(lambda: passed(engine, start) >= 20)
            since = time.monotonic()
            await asyncio.sleep(0.3)
            assert passed(engine, start) - 20 < (time.monotonic() - since) * 2 + 12
        seen = engine.now
        await asyncio.sleep(0.1)
        assert engine.now == seen

    began = time.monotonic()
    paced(engine, pace, story)
    assert passed(engine, start) / (time.monotonic() - began) <= 101


def test_scaled_time_follows_the_clock() -> None:
    engine = lab(None, workload("Deployment", replicas=3))
    start, began = engine.now, time.monotonic()

    async def story(pacer: Pacer) -> None:
        await asyncio.sleep(0.4)

    paced(engine, scaled(50), story)
    assert 5 <= passed(engine, start) <= (time.monotonic() - began) * 50 + 1


def test_requests_come_first_and_slices_are_short() -> None:
    manifests = [workload("Deployment", f"app{n}", replicas=5) for n in range(6)]
    engine = lab(None, *manifests)
    start = engine.now
    gaps = []

    async def story(pacer: Pacer) -> None:
        with pacer.request():
            apply(engine, BARE, NS)
        with pacer.request():
            before = engine.now
            await asyncio.sleep(0.02)
            assert engine.now == before  # a request is under way: time waits
        while passed(engine, start) < 60:
            at = time.perf_counter()
            await asyncio.sleep(0)
            gaps.append(time.perf_counter() - at)

    paced(engine, AUTO, story)
    # what a request may have to wait for; the median, as the machine itself pauses now and then
    gaps.sort()
    assert gaps[len(gaps) // 2] < SLICE * 3


def test_time_passes_although_requests_never_stop() -> None:
    engine = lab()
    start = engine.now

    async def story(pacer: Pacer) -> None:
        with pacer.request():
            apply(engine, BARE, NS)
        with pacer.request():
            await until(lambda: passed(engine, start) > 1)

    paced(engine, AUTO, story)


def test_a_change_of_pace_and_of_the_clock() -> None:
    engine = lab()
    snapshot, start = engine.snapshot(), engine.now

    async def story(pacer: Pacer) -> None:
        with pacer.request():
            apply(engine, BARE, NS)
        pacer.change(MANUAL)
        await asyncio.sleep(0.05)
        assert passed(engine, start) < AUTO.after_write
        pacer.change(AUTO)
        engine.restore(snapshot)
        pacer.settle()
        await asyncio.sleep(0.05)
        assert engine.now == start

    paced(engine, AUTO, story)


@pytest.mark.parametrize("ahead", [-3600.0, 0.0, 3600.0])
def test_no_time_lies_in_the_clients_future(ahead: float) -> None:
    engine = lab(None, workload("Deployment"))
    engine.advance(10)
    real = [engine.now - timedelta(seconds=ahead)]
    shift = TimeShift(engine.store.now, real_now=lambda: real[0])
    for step in range(50):
        engine.advance(7.3)
        real[0] += timedelta(seconds=0.07)
        if step == 25:
            delete(engine, pods(engine)[0])
        for key in ("pods", "events", "apps/deployments"):
            for item in engine.store.list(key):
                at = shift.render(item)["metadata"]["creationTimestamp"]
                assert datetime.fromisoformat(at) <= real[0].astimezone(UTC)


def test_a_restart_annotation_comes_back_as_it_was_sent() -> None:
    engine = lab()
    shift = TimeShift(engine.store.now, real_now=lambda: engine.now + timedelta(days=1))
    template = {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-23T03:00:00Z"}}}  # fmt: skip
    assert shift.render({"spec": {"template": template}}) == {"spec": {"template": template}}
