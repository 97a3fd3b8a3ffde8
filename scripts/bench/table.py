"""Table: the rows as Markdown that reads well in a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scripts.bench.row import Row

SCHEMA = "magos.numbers/v1"
HEAD = ("what", "goal", "measured", "met", "how")


def markdown(rows: Sequence[Row]) -> str:
    """An aligned Markdown table."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    widths[-1] = len(HEAD[-1])  # the last column may be as ragged as it likes
    lines = [_line(line, widths) for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def document(
    rows: Sequence[Row], versions: Mapping[str, Any], **facts: str | float | None
) -> dict[str, Any]:
    """The JSON document: facts of the run, versions, and every row with its goal."""
    return {"schema": SCHEMA, **facts, "versions": dict(versions), "rows": [_json(r) for r in rows]}


def missed(rows: Sequence[Row]) -> list[Row]:
    """Rows whose goal is not met."""
    return [row for row in rows if row.met == "NO"]


def _cells(row: Row) -> tuple[str, ...]:
    cells = (row.what, str(row.goal or ""), row.measured, row.met, row.note)
    return tuple(cell.replace("|", "/") for cell in cells)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return (
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        + " |"
    )


def _json(row: Row) -> dict[str, Any]:
    goal = row.goal
    return {
        "id": row.id,
        "what": row.what.strip(),
        "value": row.value,
        "unit": row.unit,
        "goal": {"limit": goal.limit, "unit": goal.unit, "at_least": goal.at_least}
        if goal
        else None,
        "met": {"yes": True, "NO": False, "-": None}[row.met],
        "note": row.note,
    }
