"""Shares, intervals and counts."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.bench.summary import interval, share, summarize
from tests.bench_results import alarm, case, no_answer


def test_a_share() -> None:
    found = share([True, True, False])
    assert (found.right, found.n, found.pass_at_1) == (2, 3, 0.6667)
    assert share([]).pass_at_1 is None
    assert share([]).ci95 is None


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_the_share(numbers: tuple[int, int]) -> None:
    right, n = numbers
    low, high = interval(right, n)
    assert 0 <= low <= right / n + 1e-4
    assert right / n - 1e-4 <= high <= 1


def test_an_interval_is_that_of_resampling_case_by_case() -> None:
    outcomes = [True] * 45 + [False] * 15
    rng = random.Random(1)
    means = sorted(sum(rng.choices(outcomes, k=60)) / 60 for _ in range(10_000))
    assert interval(45, 60) == pytest.approx((means[250], means[9749]), abs=0.018)


def test_intervals_are_repeatable_and_quick() -> None:
    interval.cache_clear()
    began = time.process_time()
    first = interval(4_700, 5_000)
    assert time.process_time() - began < 0.5
    interval.cache_clear()
    assert interval(4_700, 5_000) == first
    assert interval(5, 5) == (1.0, 1.0)


def test_a_summary_counts_what_the_table_shows() -> None:
    found = summarize([case(), case(seed=2, fixed=False, moves=8), alarm(), no_answer()], 12.0)
    assert (found.right, found.n) == (2, 4)
    assert (found.faults.right, found.faults.n) == (2, 3)
    assert (found.controls.right, found.controls.n) == (0, 1)
    assert (found.fixes.right, found.fixes.n) == (2, 3)
    assert (found.false_incidents, found.errors) == (1, 1)
    assert (found.median_moves, found.episodes_per_minute) == (6, 20)
    assert {name: one.n for name, one in found.by_family.items()} == {"control": 1, "memory": 3}


def test_nothing_to_count() -> None:
    found = summarize([], 0.0)
    assert (found.pass_at_1, found.median_moves, found.episodes_per_minute) == (None, None, None)
