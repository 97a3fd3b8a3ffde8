"""Plan: how much is measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Tick = Callable[[str], None]
"""Called with a word on how far a measurement is."""


class Plan(NamedTuple):
    """Sizes of all measurements."""

    seeds: tuple[int, ...]
    """Scenario seeds. 9000 and up are never used in development."""
    mutations: int
    """Mutated command lines that the gate judges."""
    starts: int
    """Cold starts of `--help` and of `version`."""
    investigations: int
    """Investigations through the console script, per kind."""
    rounds: int
    """Repetitions of what takes milliseconds."""
    seconds: float
    """Duration of each request-rate measurement."""
    objects: int
    """Objects of the cluster that the gate and the simulator are measured on."""
    moves: int
    """Moves that each random model says under the grammars of its investigations."""


FULL = Plan((9000, 9001), 400_000, 7, 7, 200, 3.0, 500, 1000)
QUICK = Plan((9000,), 20_000, 5, 3, 40, 1.0, 500, 200)
"""About four minutes: for a look, not for the record."""

WORKERS = 2
"""Processes that run episodes and mutations; the goals are set for two cores."""
