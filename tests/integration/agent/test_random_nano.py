"""A model that knows nothing costs time and nothing else: the run ends as it does without one."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import pytest

from agent import engine
from agent.bench.investigator import fallbacks
from agent.executors.choose import opened
from agent.report import Report
from agent.request import Request
from agent.runs import RunStore
from agent.settings import load
from agent.trajectory import Event
from tests.investigations import conclusion, investigate, proves
from tests.random_model import random_nano

pytestmark = pytest.mark.integration
CLUSTER = "sim:oom-killed@3"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_nano(tmp_path_factory.mktemp("weights") / "random-nano.gguf")


def run(
    folder: Path, executor: str, grammar: str = "on", least: float = 0.3
) -> tuple[Report, list[dict[str, Any]]]:
    import threading

    events: list[Event] = []
    flags = {"executor": executor, "grammar": grammar, "llama": {"min_confidence": least}}
    settings = load(flags)
    request = Request(cluster=CLUSTER, executor=settings.executor, grammar=settings.grammar)
    runs = RunStore(folder / "state")
    report = engine.investigate(request, runs, settings, events.append, threading.Event())
    return report, [event.data for event in events if event.type == "proposal"]


def test_the_verdict_is_the_same_and_fallbacks_are_counted(weights: Path, tmp_path: Path) -> None:
    without = investigate(tmp_path, cluster=CLUSTER)
    report, proposals = run(tmp_path, str(weights))
    assert conclusion(report) == conclusion(without)
    assert proves(report)
    assert fallbacks(report) > 0
    assert fallbacks(without) == 0
    asked = [data["model"] for data in proposals if "model" in data]
    assert asked
    for record in asked:
        assert (record["style"], record["grammar"]) == ("nano", "lark")
        assert record["answer"].startswith("kubectl ")
        assert record["masked_mass"] > 0.5  # it guesses, which is why its moves are not taken
        assert record["tokens"] > record["prompt_tokens"] > 0
    assert report.usage.executor_tokens >= sum(record["tokens"] for record in asked)


def test_moves_taken_in_spite_of_the_doubt_are_all_valid_and_lose_nothing(
    weights: Path, tmp_path: Path
) -> None:
    report, proposals = run(tmp_path, str(weights), least=0)
    assert conclusion(report) == conclusion(investigate(tmp_path, cluster=CLUSTER))
    taken = [move for move in report.moves if move.proposed_by == "custom"]
    assert taken
    assert {move.verdict.decision for move in taken} == {"allow"}
    assert not any("@" in move.text for move in taken)  # handles came back as names
    assert any(data.get("fallback") for data in proposals)
    asked = [data["model"] for data in proposals if "model" in data]
    fresh = [record["prompt_tokens"] - record["reused_tokens"] for record in asked[1:]]
    assert statistics.median(fresh) <= 0.45 * asked[0]["prompt_tokens"]  # 0.3 over many scenarios


def test_without_a_grammar_the_gate_sorts_it_out(weights: Path, tmp_path: Path) -> None:
    report, proposals = run(tmp_path, str(weights), grammar="off")
    assert conclusion(report) == conclusion(investigate(tmp_path, cluster=CLUSTER))
    asked = [data["model"] for data in proposals if "model" in data]
    assert asked
    assert {record["grammar"] for record in asked} == {None}
    assert all(m.proposed_by == "playbook" for m in report.moves if m.exit_code is not None)


def test_one_open_model_serves_many_runs(weights: Path, tmp_path: Path) -> None:
    import threading

    settings = load({"executor": str(weights)})
    request = Request(cluster=CLUSTER)
    with opened(settings.executor, settings) as model:
        for _ in range(2):
            runs, cancel = RunStore(tmp_path / "state"), threading.Event()
            report = engine.investigate(
                request, runs, settings, lambda event: None, cancel, model=model
            )
            assert conclusion(report)[0] == "memory.limit-too-low"
            assert not any("closed" in note for note in report.degraded)
