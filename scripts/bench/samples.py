"""Samples: durations of one thing done many times."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any


class Samples:
    """Durations in seconds."""

    def __init__(self, seconds: Iterable[float] = ()) -> None:
        self.seconds = list(seconds)

    def time(self, work: Callable[[], Any]) -> None:
        """Do it once more, and add how long it took."""
        began = time.perf_counter()
        work()
        self.seconds.append(time.perf_counter() - began)

    @property
    def median(self) -> float:
        """Half took less."""
        return statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        """99 of 100 took less; the worst of fewer than 100."""
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]

    @property
    def best(self) -> float:
        """The least disturbed one."""
        return min(self.seconds)

    def note(self, scale: float = 1.0, unit: str = "s") -> str:
        """`7 runs, 0.12-0.34 s`."""
        low, high = self.best * scale, max(self.seconds) * scale
        return f"{len(self.seconds)} runs, {low:.3g}-{high:.3g} {unit}"
