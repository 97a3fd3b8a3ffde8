"""Mutations of the corpus: whatever is done to a line, nothing outside the policy gets through.

pytest tests/unit/kubectl/test_gate_fuzz.py --fuzz-mutations 1000000
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from tests.gate_oracle import problems
from tests.mutated_lines import corpus, mutant
from tools.kubectl import command as kubectl_command
from tools.ladder import TRY, Ladder
from tools.move import Move
from tools.promtool import command as promtool_command

SEED = 20_26


def _argv(move: Move) -> list[str]:
    if move.kind == "promtool":
        return promtool_command.build_argv(
            move, "http://127.0.0.1:9090", datetime(2026, 1, 1, tzinfo=UTC)
        )
    return kubectl_command.build_argv(move)


def test_no_mutation_gets_outside_the_policy(pytestconfig: pytest.Config) -> None:
    rng = random.Random(SEED)
    ladder = Ladder.packed()
    lines = corpus()
    accepted = 0
    for number in range(pytestconfig.getoption("--fuzz-mutations")):
        line = mutant(rng, number, lines)
        move, verdict = ladder.judge(line)
        if verdict.decision not in ("allow", "approve"):
            assert move is None
            assert verdict.decision == "refuse" or verdict.hint, (line, verdict)
            instead = verdict.hint.partition(TRY)[2]
            if instead:
                offered = ladder.judge(instead).move
                assert offered is not None, (line, instead)
                assert not problems(instead, _argv(offered), writes=False), (line, instead)
            continue
        assert move is not None
        accepted += 1
        writes = verdict.decision == "approve"
        for text in (line, move.text):
            found = problems(text, _argv(move), writes=writes)
            assert not found, (line, move.text, found)
    assert accepted > 0


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get pods --kubeconfig=/x",
        "kubectl get pods,secrets",
        "kubectl exec web-1",
        "kubectl get pods -n shop; id",
        "kubectl get pods -w",
        "kubectl get pods $HOME",
        "kubectl rollout restart deploy/web",
        "promtool query instant @/etc/passwd",
        "kubectl get pods -shttp://x",
    ],
)
def test_the_oracle_objects(line: str) -> None:
    assert problems(line, line.split(" ")[1:], writes=False)
