"""Benchmark results to render and to count."""

from __future__ import annotations

from typing import Any

from agent.bench.result import BenchResult, CaseResult, Setup
from agent.bench.summary import summarize

HOSTILE = '<script>alert("x")</script>\x1b[31m & `|` \u202eevil'


def case(scenario: str = "oom-killed", seed: int = 1, **changes: Any) -> CaseResult:
    """A right answer about a fault; `changes` make it another one."""
    right = "memory.oom Deployment/shop/cart"
    values: dict[str, Any] = {
        "scenario": scenario,
        "seed": seed,
        "family": "memory",
        "control": False,
        "verdict": "root_cause",
        "cause_id": "memory.oom",
        "object": "Deployment/shop/cart",
        "correct": True,
        "expected": right,
        "got": right,
        "moves": 6,
        "fixed": True,
        "fixed_note": "set resources: healed after 10 s",
        "seconds": 0.5,
    }
    return CaseResult(**values | changes)


def alarm() -> CaseResult:
    """A control for which a cause was named."""
    return case("healthy", family="control", control=True, correct=False, expected="healthy")


def no_answer() -> CaseResult:
    """A case whose process died."""
    return case(
        "hostile", 2, verdict="error", correct=False, got=HOSTILE, moves=0, fixed=None, seconds=31.0
    )


def result(*cases: CaseResult, partial: bool = False) -> BenchResult:
    """A whole document about these cases, or about one of each sort."""
    known = list(cases) or [case(), case(seed=2, fixed=False), alarm(), no_answer()]
    wrong = [
        item.model_copy(update={"correct": False, "verdict": "inconclusive", "fixed": None})
        for item in known
    ]
    return BenchResult(
        started_at="2026-11-23T07:00:00Z",
        finished_at="2026-11-23T07:01:00Z",
        partial=partial,
        planned=len(known) + partial,
        setup=Setup(scenarios=["healthy", "oom-killed"], seeds=[1, 2, 3, 7], workers=2, timeout=60),
        cases=known,
        summary=summarize(known, 6.0),
        baselines={"null": summarize(wrong, 1.0)},
        versions={"magos-agent": "0.1.0", "scenarios": 2},
    )
