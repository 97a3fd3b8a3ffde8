"""The result as Markdown, for a pull request or a job summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.bench.render import words
from agent.bench.result import BenchResult

HEAD = (
    "contestant",
    "pass@1",
    "95 % interval",
    "faults",
    "controls",
    "false incidents",
    "fixes that worked",
    "median moves",
    "invalid moves",
    "median time",
)


def markdown(result: BenchResult) -> str:
    """Numbers, families, misses."""
    lines = ["# Scenario benchmark", "", f"**{words.headline(result)}**", ""]
    lines += [f"{words.setting(result)}; {words.tools(result)}.", ""]
    lines += _table(
        HEAD,
        (
            (
                name,
                words.percent(s.pass_at_1),
                words.interval(s),
                words.count(s.faults),
                words.count(s.controls),
                str(s.false_incidents),
                words.count(s.fixes) if s.fixes.n else "-",
                words.number(s.median_moves),
                str(s.invalid_moves),
                words.number(s.median_seconds, "s"),
            )
            for name, s in words.rows(result)
        ),
    )
    if result.setup.executor != "none":
        lines += ["", "## Model", "", _cell(words.model(result.summary)), ""]
        lines += [f"- {_cell(reason)}" for reason in words.fallbacks(result.summary)]
    lines += ["", "## Families", ""]
    lines += _table(
        ("family", "pass@1", "95 % interval", "right"),
        (
            (family, words.percent(share.pass_at_1), words.interval(share), words.count(share))
            for family, share in result.summary.by_family.items()
        ),
    )
    if result.misses:
        lines += ["", "## Misses", ""]
        lines += _table(
            ("case", "expected", "got"),
            ((words.name_of(case), case.expected, case.got) for case in result.misses),
        )
    if result.bad_fixes:
        lines += ["", "## Fixes that did not work", ""]
        lines += _table(
            ("case", "why"), ((words.name_of(case), case.fixed_note) for case in result.bad_fixes)
        )
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_row(head), "|" + " --- |" * len(head), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    escaped = words.plain(text).replace("\\", "\\\\").replace("|", "\\|")
    return escaped.replace("<", "&lt;").replace("`", "\\`")
