"""Models of both shapes that know nothing, over faults and controls: every run ends as it does without one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from agent import engine
from agent.executors.choose import Opened, opened
from agent.executors.thresholds import Thresholds
from agent.request import Request
from agent.runs import RunStore
from agent.settings import load
from model.random_gguf import SHAPES, write
from tests.investigations import conclusion, investigate

pytestmark = pytest.mark.integration
Shape = Literal["nano", "magos"]
SCENARIOS = (
    "crash-missing-env",
    "healthy",
    "claim-missing",
    "configmap-key-missing",
    "oom-killed",
    "cronjob-suspended",
    "budget-pods-down",
    "command-not-found",
    "cordoned-on-purpose",
    "dns-resolver-down",
    "liveness-deadlock",
    "limit-range-exceeded",
)
LAYERS: dict[Shape, int] = {"nano": 2, "magos": 1}
"""Fewer than the real ones: what is tested is the vocabulary, the grammar and what follows from noise."""
TAKE_ALL = Thresholds(confidence=0.0)


@pytest.fixture(scope="module", params=["nano", "magos"])
def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    for module in ("llama_cpp", "llguidance", "gguf"):
        pytest.importorskip(module, reason=f"{module}: pip install 'magos-agent[local]' gguf")
    shape: Shape = request.param
    path = tmp_path_factory.mktemp("weights") / f"random-{shape}.gguf"
    write(path, replace(SHAPES[shape], layers=LAYERS[shape]))
    with opened(str(path), load({"llama": {"threads": 1}})) as found:
        yield found
    path.unlink()  # 170 MB


@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=SCENARIOS)
def test_the_verdict_is_the_same(number: int, model: Opened, tmp_path: Path) -> None:
    """Every other scenario with the usual doubt, where noise is never taken; the others take every move."""
    cluster = f"sim:{SCENARIOS[number]}@3"
    doubtful = number % 2 == 0
    used = model if doubtful else model._replace(thresholds=TAKE_ALL)
    settings = load({})
    report = engine.investigate(
        Request(cluster=cluster),
        RunStore(tmp_path / "with"),
        settings,
        lambda event: None,
        threading.Event(),
        model=used,
    )
    without = investigate(tmp_path, cluster=cluster)
    assert report.verdict == without.verdict
    assert conclusion(report) == conclusion(without)
    taken = [move for move in report.moves if move.proposed_by == "custom"]
    if doubtful:
        assert not taken
        assert any("unsure" in note for note in report.degraded)
    else:
        assert taken
        assert {move.verdict.decision for move in taken} == {"allow"}
