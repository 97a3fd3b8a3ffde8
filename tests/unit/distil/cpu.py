"""Processor time of a call, measured so that other work on the machine does not fail a test."""

from __future__ import annotations

import time
from collections.abc import Callable


def cpu_seconds(call: Callable[[], object], runs: int = 3) -> float:
    """The best of some runs, in seconds; the first also loads what is loaded lazily."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
        if best < 0.3:
            break
    return best
