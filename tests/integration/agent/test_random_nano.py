"""A model that knows nothing costs time and nothing else: the run ends as it does without one."""

from __future__ import annotations

import statistics
import threading
from pathlib import Path
from typing import Any

import pytest

from agent import engine
from agent.executors.choose import opened
from agent.report import Report
from agent.request import Request
from agent.runs import RunStore
from agent.settings import load
from agent.trajectory import Event
from model.prompt import STYLES, Style
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
    replaced = [data["fallback"] for data in proposals if "fallback" in data]
    assert replaced
    notes = [note for note in report.degraded if replaced[0] in note]
    assert [note.partition(":")[0] for note in notes] == ["the playbook's own move was made"]
    assert not any("given to the model" in reference.why for reference in report.references)
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


@pytest.mark.parametrize("style", STYLES)
def test_a_later_prompt_costs_a_third_of_the_first(
    style: Style, weights: Path, tmp_path: Path
) -> None:
    settings, shares = load({}), []
    with opened(str(weights), settings) as model:
        for cluster in ("sim:crash-missing-env@3", "sim:oom-killed@3", "sim:claim-missing@3"):
            events: list[Event] = []
            engine.investigate(
                Request(cluster=cluster),
                RunStore(tmp_path / "state"),
                settings,
                events.append,
                threading.Event(),
                model=model._replace(style=style),
            )
            proposals = [event.data for event in events if event.type == "proposal"]
            asked: list[Any] = [data["model"] for data in proposals if "model" in data]
            first, *later = asked
            assert {record["style"] for record in later} == {style}
            shares += [_read(record) / first["prompt_tokens"] for record in later]
    assert len(shares) >= 12
    assert statistics.median(shares) <= 0.3


def _read(record: Any) -> int:
    """Tokens of a prompt that were not in the cache."""
    return int(record["prompt_tokens"]) - int(record["reused_tokens"])


def test_without_a_grammar_the_gate_sorts_it_out(weights: Path, tmp_path: Path) -> None:
    report, proposals = run(tmp_path, str(weights), grammar="off")
    assert conclusion(report) == conclusion(investigate(tmp_path, cluster=CLUSTER))
    asked = [data["model"] for data in proposals if "model" in data]
    assert asked
    assert {record["grammar"] for record in asked} == {None}
    assert all(m.proposed_by == "playbook" for m in report.moves if m.exit_code is not None)


def test_one_open_model_serves_many_runs(weights: Path, tmp_path: Path) -> None:
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
