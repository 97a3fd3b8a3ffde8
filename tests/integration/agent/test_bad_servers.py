"""A model server that misbehaves costs a part of the run's time at most, and never the verdict."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from agent import engine
from agent.request import Budgets, Request
from agent.runs import RunStore
from agent.settings import load
from tests.chat_server import Reply, error, good, http, serving

pytestmark = pytest.mark.integration
SECONDS = 30.0
"""A quarter of it, and of the rest, goes to a model that does not answer."""
MODELS = Reply(http(b'{"data": [{"id": "m1"}]}'))
REPLIES = {
    "hangs on every request": (Reply(good().raw, before_s=120),),
    "drips on every request": (Reply(good().raw, drip_s=0.2),),
    "silent": (MODELS, Reply(good().raw, before_s=120)),
    "truncated": (MODELS, Reply(http(b'{"choices": [', length=900))),
    "no json": (MODELS, Reply(http(b"{"))),
    "500": (MODELS, error(500, "out of memory")),
    "wrong model": (MODELS, error(404, "model not found")),
    "prose": (MODELS, good("You should restart the pod.")),
}


@pytest.mark.parametrize("how", REPLIES)
def test_the_run_ends_with_its_verdict_within_its_time(how: str, tmp_path: Path) -> None:
    settings = load({})
    with serving(*REPLIES[how]) as server:
        request = Request(
            cluster="sim:oom-killed@3", executor=server.url, budgets=Budgets(seconds=SECONDS)
        )
        runs = RunStore(tmp_path / "state")
        report = engine.investigate(request, runs, settings, lambda event: None, threading.Event())
    assert report.root_cause is not None
    assert report.root_cause.id == "memory.limit-too-low"
    assert report.stop_reason == "concluded"
    assert report.usage.wall_ms < SECONDS * 1000
    told = ("failed twice in a row", "cannot answer", "were rejected")
    assert any(note_part in note for note in report.degraded for note_part in told)
