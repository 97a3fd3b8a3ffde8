"""The result as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from agent.bench.render import words
from agent.bench.result import BenchResult

HEAD = ("", "PASS@1", "95 %", "FAULTS", "CONTROLS", "FALSE", "FIXED", "MOVES", "INVALID", "TIME")
BAD_FIXES = 20
"""Fixes that did not work, listed; -o json has all."""


def text(result: BenchResult) -> str:
    """Numbers, then families, then every miss with its reason."""
    lines = [words.headline(result), words.setting(result), words.tools(result), ""]
    table = [HEAD]
    for name, summary in words.rows(result):
        table.append(
            (
                name,
                words.percent(summary.pass_at_1),
                words.interval(summary),
                words.count(summary.faults),
                words.count(summary.controls),
                str(summary.false_incidents),
                words.count(summary.fixes) if summary.fixes.n else "-",
                words.number(summary.median_moves),
                str(summary.invalid_moves),
                words.number(summary.median_seconds, "s"),
            )
        )
    lines += _aligned(table)
    lines += ["", *_aligned([("FAMILY", "PASS@1", "95 %", "RIGHT"), *_families(result)])]
    rate = words.number(result.summary.episodes_per_minute)
    lines += ["", f"{rate} cases a minute"]
    if result.setup.executor != "none":
        lines.append(words.model(result.summary))
        lines += [f"  {reason}" for reason in words.fallbacks(result.summary)]
    lines += _misses(result)
    lines += _bad_fixes(result)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _families(result: BenchResult) -> list[tuple[str, ...]]:
    return [
        (family, words.percent(share.pass_at_1), words.interval(share), words.count(share))
        for family, share in result.summary.by_family.items()
    ]


def _misses(result: BenchResult) -> list[str]:
    if not result.misses:
        return []
    lines = ["", f"Misses ({len(result.misses)}):"]
    for case in result.misses:
        lines.append(f"  {words.name_of(case)}")
        lines.append(f"    expected {words.plain(case.expected)}")
        lines.append(f"    got      {words.plain(case.got)}")
    return lines


def _bad_fixes(result: BenchResult) -> list[str]:
    bad = result.bad_fixes
    if not bad:
        return []
    lines = ["", f"Fixes that did not work ({len(bad)}):"]
    for case in bad[:BAD_FIXES]:
        lines.append(f"  {words.name_of(case)}  {words.plain(case.fixed_note)}")
    if len(bad) > BAD_FIXES:
        lines.append(f"  and {len(bad) - BAD_FIXES} more (-o json has all)")
    return lines


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Names to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
