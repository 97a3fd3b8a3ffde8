"""How much memory and CPU a program wants so many seconds after its start: arithmetic on a profile.

Memory grows in a straight line to the peak, then by the leak; CPU changes in steps. A program that
wants more CPU than its limit is slowed down by as much, and the kernel's counters tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.simulator.apps import App
from sandbox.simulator.quantity import number, size

START_KILL = 0.1
"""Seconds after which a program dies that needs more than its limit from the beginning."""


def limit(container: Mapping[str, Any], resource: str) -> Any:
    """A container's limit as it is written; None without one."""
    return (container.get("resources") or {}).get("limits", {}).get(resource)


def memory_at(app: App, age: float) -> int:
    """Bytes that a program wants."""
    start = size(app.memory)
    peak = start if app.memory_peak is None else size(app.memory_peak)
    share = 1.0 if age >= app.peak_after else max(age, 0.0) / max(app.peak_after, 0.001)
    leaked = 0 if app.leak is None else size(app.leak) * max(age, 0.0) / 60
    return int(start + (peak - start) * share + leaked)


def oom_at(app: App, most: int) -> float | None:
    """Seconds after start at which a program exceeds `most` bytes; None: never.

    A peak above the limit kills when it is reached, not on the way.
    """
    if size(app.memory) > most:
        return START_KILL
    peak = size(app.memory) if app.memory_peak is None else size(app.memory_peak)
    if peak > most:
        return app.peak_after
    if app.leak is None or size(app.leak) <= 0:
        return None
    before = (most - size(app.memory)) / (size(app.leak) / 60)
    after = (most - peak) / (size(app.leak) / 60)
    return max(after, min(before, app.peak_after)) + 1.0


def cpu_at(app: App, age: float, startup: float) -> float:
    """Cores that a program wants of itself; `startup` is how long this run takes to listen."""
    if age < startup and app.cpu_startup is not None:
        return float(number(app.cpu_startup))
    if app.cpu_peak is not None and age >= app.peak_after:
        return float(number(app.cpu_peak))
    return float(number(app.cpu))


def startup_seconds(app: App, container: Mapping[str, Any]) -> float:
    """Seconds until a program listens, longer when its CPU limit starves it."""
    most = limit(container, "cpu")
    if app.cpu_startup is None or most is None:
        return app.startup
    return app.startup * slowdown(float(number(app.cpu_startup)), float(number(most)))


def slowdown(wanted: float, most: float | None) -> float:
    """How many times longer work takes that wants `wanted` cores and gets `most`; at least 1."""
    if most is None or wanted <= most:
        return 1.0
    return wanted / max(most, 0.001)


def throttled(wanted: float, most: float | None) -> float:
    """Share of CFS periods in which a program is stopped: 0 below its limit, near 1 far above.

    A demand is an average of bursts, hence no step: 20 % too much stops about a third of them.
    """
    return 0.0 if most is None or wanted <= most else 1 - (most / wanted) ** 2
