"""Summary: pass@1 with intervals, medians and counts of one contestant's cases."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from random import Random

from agent.bench.result import CaseResult, Share, Summary

RESAMPLES = 10_000
SEED = "magos.bench/v1"
"""The same cases always give the same interval."""
DIGITS = 4
"""Of shares: a ten-thousandth is beyond what any number of cases here can tell apart."""


def summarize(cases: Sequence[CaseResult], seconds: float) -> Summary:
    """The numbers of some cases that took `seconds` of wall time together."""
    families = sorted({case.family for case in cases})
    tried = [case.fixed for case in cases if case.fixed is not None]
    controls = [case for case in cases if case.control]
    reasons: Counter[str] = Counter()
    for case in cases:
        reasons.update(case.fallback_reasons)
    return Summary(
        **share(case.correct for case in cases).model_dump(),
        faults=share(case.correct for case in cases if not case.control),
        controls=share(case.correct for case in controls),
        by_family={
            family: share(case.correct for case in cases if case.family == family)
            for family in families
        },
        false_incidents=sum(case.verdict == "root_cause" for case in controls),
        fixes=share(tried),
        invalid_moves=sum(case.invalid_moves for case in cases),
        agreement=counted(sum(c.agreed for c in cases), sum(c.asked for c in cases)),
        repairs=sum(case.repaired for case in cases),
        fallbacks=sum(case.fallbacks for case in cases),
        fallback_reasons=dict(reasons.most_common()),
        errors=sum(case.verdict == "error" for case in cases),
        median_moves=statistics.median(case.moves for case in cases) if cases else None,
        median_seconds=round(statistics.median(c.seconds for c in cases), 3) if cases else None,
        episodes_per_minute=round(60 * len(cases) / seconds, 1) if cases and seconds else None,
    )


def share(outcomes: Iterable[bool]) -> Share:
    """Right ones among some, with the interval."""
    known = list(outcomes)
    return counted(sum(known), len(known))


def counted(right: int, n: int) -> Share:
    """So many right ones of n, with the interval."""
    if n == 0:
        return Share(right=0, n=0, pass_at_1=None, ci95=None)
    return Share(right=right, n=n, pass_at_1=round(right / n, DIGITS), ci95=interval(right, n))


@lru_cache(maxsize=1024)
def interval(right: int, n: int) -> tuple[float, float]:
    """95 % percentile bootstrap interval of right / n.

    How many right ones a resample of n outcomes holds is binomially distributed with p = right / n.
    Drawing that number is the same as drawing the n outcomes one by one, only quicker.
    """
    p = right / n
    if p in (0.0, 1.0):
        return p, p  # every resample is alike: see docs/benchmarks.md on what that hides
    weights = accumulate(_binomial(k, n, p) for k in range(n + 1))
    rng = Random(f"{SEED}/{right}/{n}")  # noqa: S311 - resampling, not secrets
    drawn = sorted(rng.choices(range(n + 1), cum_weights=list(weights), k=RESAMPLES))
    low, high = drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1]
    return round(low / n, DIGITS), round(high / n, DIGITS)


def _binomial(k: int, n: int, p: float) -> float:
    """Probability of k of n; by logarithms, because the coefficient alone overflows from n = 1030."""
    coefficient = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(coefficient + k * math.log(p) + (n - k) * math.log1p(-p))
