"""Words: shares, headings and rows that several renderers say alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from agent.bench.contestant import AGENT
from agent.bench.result import BenchResult, CaseResult, Share, Summary
from agent.render import clean

ABOUT = {
    "null": "says `inconclusive` to everything",
    "random-moves": "commands of allowed forms by chance, then a guess without evidence",
    "alert-lookup": "the alert's usual cause in the development seeds, the object of its labels",
}
"""What a baseline does."""
MOST_REASONS = 5
"""Reasons named one by one; some servers put a number of the request into every complaint."""


class Row(NamedTuple):
    """One contestant in the table."""

    name: str
    summary: Summary


def rows(result: BenchResult) -> Iterator[Row]:
    """The agent, then the baselines."""
    yield Row(AGENT, result.summary)
    for name, summary in result.baselines.items():
        yield Row(name, summary)


def percent(value: float | None) -> str:
    """`93.3 %`, or `-`."""
    if value is None:
        return "-"
    shown = f"{100 * value:.1f}".removesuffix(".0")
    return f"{shown} %"


def interval(share: Share) -> str:
    """`88.1-97.6`, or an empty string."""
    if share.ci95 is None:
        return ""
    return "-".join(percent(bound).removesuffix(" %") for bound in share.ci95)


def count(share: Share) -> str:
    """`45/48`."""
    return f"{share.right}/{share.n}"


def number(value: float | None, unit: str = "") -> str:
    """Up to three significant digits, or `-`."""
    if value is None:
        return "-"
    return f"{value:.3g} {unit}".strip() if value < 1000 else f"{value:,.0f} {unit}".strip()


def headline(result: BenchResult) -> str:
    """The result in one line."""
    summary = result.summary
    said = f"{summary.right} of {summary.n} cases right ({percent(summary.pass_at_1)})"
    if result.partial:
        said = f"PARTIAL, {summary.n} of {result.planned} cases: {said}"
    return said


def setting(result: BenchResult) -> str:
    """What was run, in one line."""
    setup = result.setup
    n, seeds = len(setup.scenarios), seed_ranges(setup.seeds)
    alert = "alerts stripped to name and namespace" if setup.stripped else "full alerts"
    parts = [f"{n} scenario{'' if n == 1 else 's'}", f"seeds {seeds}", alert]
    parts += [f"planner {setup.planner}", f"executor {plain(setup.executor)}"]
    if setup.grammar == "off":
        parts.append("no grammar")
    return ", ".join([*parts, f"{setup.workers} worker{'' if setup.workers == 1 else 's'}"])


def tools(result: BenchResult) -> str:
    """What it was run with, in one line."""
    return ", ".join(f"{name} {value}" for name, value in result.versions.items())


def seed_ranges(seeds: list[int]) -> str:
    """`9000-9004, 9010`."""
    groups: list[list[int]] = []
    for seed in sorted(seeds):
        if groups and seed == groups[-1][-1] + 1:
            groups[-1].append(seed)
        else:
            groups.append([seed])
    return ", ".join(f"{g[0]}-{g[-1]}" if len(g) > 1 else f"{g[0]}" for g in groups)


def name_of(case: CaseResult) -> str:
    """`oom-killed@3`."""
    return f"{case.scenario}@{case.seed}"


def fixed(case: CaseResult) -> str:
    """What its fix was worth, in a word."""
    return {True: "fixed", False: "not fixed", None: "-"}[case.fixed]


def plain(text: str) -> str:
    """One line without anything that a terminal or a browser would obey."""
    return clean.line(text)


def model(summary: Summary) -> str:
    """What became of a model's moves, in one line."""
    share = summary.agreement
    agreed = f"{count(share)} first moves as the playbook's ({percent(share.pass_at_1)})"
    replaced = (
        f"{summary.fallbacks} fallback{'' if summary.fallbacks == 1 else 's'} to the playbook's"
    )
    return f"model: {agreed}, {summary.repairs} repaired, {replaced}"


def fallbacks(summary: Summary) -> list[str]:
    """Why the playbook's own moves replaced those of a model, each with how often; the most common first."""
    reasons = list(summary.fallback_reasons.items())
    said = [f"{times} x {plain(why)}" for why, times in reasons[:MOST_REASONS]]
    more = sum(times for _, times in reasons[MOST_REASONS:])
    return [*said, *([f"{more} x something else (-o json has all)"] if more else [])]
