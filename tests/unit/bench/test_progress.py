"""The lines that a benchmark writes where there is no terminal."""

from __future__ import annotations

import io

import pytest

from agent.bench import progress
from agent.bench.cases import Case
from agent.bench.contestant import AGENT
from agent.bench.worker import Outcome, Task
from tests.bench_results import case


def lines(done: int, total: int, every: float, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    moment = iter(range(1000))
    monkeypatch.setattr("time.monotonic", lambda: float(next(moment)))
    monkeypatch.setattr(progress, "LINE_SECONDS", every)
    out = io.StringIO()
    with progress.Board(out, total, color=False) as board:
        for seed in range(done):
            board(Outcome(Task(AGENT, Case("oom-killed", seed)), case(seed=seed)))
    return out.getvalue().splitlines()


def test_the_last_line_says_that_all_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(12, 12, 5, monkeypatch)
    assert len(found) > 1
    assert found[-1] == "12/12 done, 12/12 right"


def test_a_stopped_run_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(7, 12, 5, monkeypatch)[-1].startswith("7/12 done, 7/7 right")


def test_a_run_without_a_line_gets_none_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(2, 2, 100, monkeypatch) == []
