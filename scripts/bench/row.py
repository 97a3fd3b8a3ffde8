"""Row: one thing the project promises, what was measured, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Met = Literal["yes", "NO", "-"]


class Goal(NamedTuple):
    """What a value is held against."""

    limit: float
    unit: str = ""
    at_least: bool = False
    """The value must reach the limit; else it must not pass it."""

    def __str__(self) -> str:
        if self.limit == 0 and not self.at_least:
            return f"0 {self.unit}".strip()
        return f"{'>=' if self.at_least else '<='} {_number(self.limit)} {self.unit}".strip()

    def met_by(self, value: float) -> bool:
        """Whether a value (in the goal's unit) is good enough."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    id: str
    """Slug, stable: what a script compares between two runs."""
    what: str
    """The promise, or the measurement, in words."""
    value: float | None
    """What was measured, in `unit`; None when it was not."""
    unit: str = ""
    """Unit of `value`, and of the goal."""
    goal: Goal | None = None
    """None for extra rows that nothing was promised about."""
    note: str = ""
    """How many samples, the spread, what the number does not cover."""

    @property
    def met(self) -> Met:
        """`-` without a goal or a value."""
        if self.goal is None or self.value is None:
            return "-"
        return "yes" if self.goal.met_by(self.value) else "NO"

    @property
    def measured(self) -> str:
        """The value with its unit, or `not measured`."""
        if self.value is None:
            return "not measured"
        return f"{_number(self.value)} {self.unit}".strip()


def _number(value: float) -> str:
    """Three significant digits; whole numbers whole."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
