"""Choosing a token, against probabilities computed the slow way."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("numpy", reason="numpy is not installed (extra `local`)")

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.llama.sampling import choose, penalised
from model.protocol import BackendError

SCORES = st.lists(st.floats(-300, 300, allow_nan=False, width=32), min_size=2, max_size=40)


@given(scores=SCORES, data=st.data())
def test_probability_and_mass_are_those_of_a_softmax(
    scores: list[float], data: st.DataObject
) -> None:
    logits = np.array(scores, dtype=np.float32)
    allowed = sorted(data.draw(st.sets(st.integers(0, len(scores) - 1), min_size=1)))
    choice = choose(logits, np.array(allowed), 1.0, np.random.default_rng(0))
    top = max(scores)
    shares = [math.exp(score - top) for score in scores]
    inside = sum(shares[token] for token in allowed)
    assert choice.token in allowed
    assert choice.mass == pytest.approx(inside / sum(shares), rel=1e-3, abs=1e-30)
    best = max(scores[token] for token in allowed)
    weights = {token: math.exp(scores[token] - best) for token in allowed}
    expected = weights[choice.token] / sum(weights.values())
    assert choice.probability == pytest.approx(expected, rel=1e-3)


@given(scores=SCORES)
def test_temperature_zero_takes_the_best(scores: list[float]) -> None:
    logits = np.array(scores, dtype=np.float32)
    choice = choose(logits, None, 0, np.random.default_rng(0))
    assert scores[choice.token] == max(scores)
    assert choice.mass == 1


def test_draws_follow_the_temperature() -> None:
    rng = np.random.default_rng(1)
    logits = np.log(np.array([0.7, 0.2, 0.1], dtype=np.float32))
    for temperature, share in ((1.0, 0.7), (0.05, 1.0), (100.0, 1 / 3)):
        drawn = [choose(logits, None, temperature, rng).token for _ in range(2000)]
        assert drawn.count(0) / 2000 == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_scores_that_are_no_numbers_are_an_error(bad: float) -> None:
    with pytest.raises(BackendError, match="not numbers"):
        choose(np.array([0, bad], dtype=np.float32), None, 1.0, np.random.default_rng(0))


def test_the_penalty_is_llama_cpps_and_leaves_the_scores_alone() -> None:
    logits = np.array([2.0, -2.0, 1.0], dtype=np.float32)
    changed = penalised(logits, [0, 1, 1, 0], 1.25)
    assert changed.tolist() == pytest.approx([1.6, -2.5, 1.0])
    assert logits.tolist() == [2, -2, 1]
