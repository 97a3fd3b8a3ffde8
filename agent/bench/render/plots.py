"""Plots: where the parts of the page's drawings go, in units of their own coordinate system.

The template draws; here are only numbers. 420 units wide, because that is about a phone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agent.bench.render import words
from agent.bench.result import Share

WIDTH = 420
LABEL = 118
"""Where bars begin; the names stand left of it."""
SPAN = 236
"""Length of a bar of 100 %."""
ROW = 24
TOP, FLOOR = 18, 140
"""Of a histogram: where its highest column may begin, and where all end."""
MOST_COLUMNS = 14
STEPS = (1, 2, 2.5, 5, 10)
"""Widths of a histogram's bins, times a power of ten."""


class Bar(NamedTuple):
    """One lying bar with its interval."""

    label: str
    value: str
    """What stands at its end."""
    y: float
    """Upper edge of its row."""
    length: float
    low: float
    """Left end of the interval, as a length."""
    high: float
    """Right end of the interval."""
    about: str
    """The same in words."""


class Bars(NamedTuple):
    """A chart of lying bars."""

    id: str
    title: str
    bars: list[Bar]

    @property
    def height(self) -> int:
        """Of the drawing."""
        return ROW * len(self.bars) + 22

    @property
    def about(self) -> str:
        """The whole chart in words."""
        return "; ".join(bar.about for bar in self.bars)


class Column(NamedTuple):
    """One standing column."""

    x: float
    y: float
    width: float
    height: float
    cases: int
    """How many."""
    label: str
    """Where it begins."""
    about: str


class Histogram(NamedTuple):
    """How often which value occurred."""

    id: str
    title: str
    unit: str
    columns: list[Column]

    @property
    def about(self) -> str:
        """The whole histogram in words."""
        return "; ".join(column.about for column in self.columns if column.cases)


def shares(id: str, title: str, named: Iterable[tuple[str, Share]]) -> Bars:
    """A bar for each share that has cases."""
    bars: list[Bar] = []
    for name, share in named:
        if share.pass_at_1 is None:
            continue
        low, high = share.ci95 or (share.pass_at_1, share.pass_at_1)
        value = words.percent(share.pass_at_1)
        about = f"{name} {value} ({words.count(share)}, interval {words.interval(share)})"
        y = float(ROW * len(bars))
        bars.append(Bar(name, value, y, share.pass_at_1 * SPAN, low * SPAN, high * SPAN, about))
    return Bars(id, title, bars)


def histogram(id: str, title: str, unit: str, values: Sequence[float], least: float) -> Histogram:
    """Values in bins of an even width, no finer than `least`."""
    if not values:
        return Histogram(id, title, unit, [])
    step = _step(min(values), max(values), least)
    first = math.floor(min(values) / step)
    number = math.floor(max(values) / step) - first + 1
    counts = [0] * number
    for value in values:
        counts[math.floor(value / step) - first] += 1
    width = (WIDTH - 20) / max(number, 4)
    columns = []
    for index, count in enumerate(counts):
        begins, ends = (first + index) * step, (first + index + 1) * step
        height = (FLOOR - TOP) * count / max(counts)
        where = f"{begins:g}" if least == step == 1 else f"{begins:g} to {ends:g}"
        about = f"{where} {unit}: {count} cases"
        x = 10 + index * width
        columns.append(Column(x, FLOOR - height, width - 2, height, count, f"{begins:g}", about))
    return Histogram(id, title, unit, columns)


def _step(low: float, high: float, least: float) -> float:
    """The smallest round width that needs no more than MOST_COLUMNS bins."""
    power = 10.0 ** math.floor(math.log10(max((high - low) / MOST_COLUMNS, least)))
    for factor in (*STEPS, 20):
        step = factor * power
        if step >= least and math.floor(high / step) - math.floor(low / step) < MOST_COLUMNS:
            return step
    return high - low + least
