"""Fuzz: mutated command lines, judged by the gate's offline rungs and read by an oracle.

The oracle (tests/gate_oracle.py) shares neither code nor data with the gate.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import NamedTuple

from tests.gate_oracle import problems
from tests.mutated_lines import corpus, mutant
from tools.kubectl.command import build_argv
from tools.ladder import Ladder
from tools.move import Move
from tools.promtool import command as promtool

SEED = 91_000
"""First seed of the benchmark; the test suite uses others."""
PROMETHEUS = "http://127.0.0.1:9090"


class Fuzzed(NamedTuple):
    """What became of the mutations."""

    lines: int
    accepted: int
    """Allowed, or left to an approval."""
    passed_wrongly: list[str]
    """Accepted lines that the oracle objects to, with its reasons."""


def run(worker: int, count: int) -> Fuzzed:
    """Judge `count` mutations; workers have different ones."""
    rng = random.Random(SEED + worker)  # noqa: S311 - variety, not secrets
    ladder, lines = Ladder.packed(), corpus()
    accepted, wrong = 0, []
    for number in range(count):
        line = mutant(rng, number, lines)
        move, verdict = ladder.judge(line)
        if move is None:
            continue
        accepted += 1
        writes = verdict.decision == "approve"
        for text in (line, move.text):
            found = problems(text, _argv(move), writes=writes)
            if found:
                wrong.append(f"{text!r}: {', '.join(found)}")
    return Fuzzed(count, accepted, wrong)


def _argv(move: Move) -> list[str]:
    if move.kind == "promtool":
        return promtool.build_argv(move, PROMETHEUS, datetime(2026, 1, 1, tzinfo=UTC))
    return build_argv(move)
