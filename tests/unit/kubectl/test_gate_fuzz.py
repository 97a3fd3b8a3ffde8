"""Mutations of the corpus: whatever is done to a line, nothing outside the policy gets through.

pytest tests/unit/kubectl/test_gate_fuzz.py --fuzz-mutations 1000000
"""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.gate_oracle import FORBIDDEN_FLAGS, problems
from tests.random_moves import any_line
from tools.kubectl import command as kubectl_command
from tools.ladder import Ladder
from tools.move import Move
from tools.promtool import command as promtool_command

CORPUS = Path(__file__).parents[2] / "data" / "argv_corpus.jsonl.gz"
SEED = 20_26
FLAGS = [f"--{name}" for name in sorted(FORBIDDEN_FLAGS)] + [
    "-w",
    "-f",
    "-s",
    "-k",
    "-R",
    "-i",
    "-it",
    "-v=9",
]
WORDS = """
secret secrets SECRETS secrets.v1. Secret/x pods,secrets configmaps,secret secret/x,cm/y all,secret
; | & && || > < >> $(id) `id` $HOME {a,b} * ? ~ # -- - \\ ' "
exec cp debug edit proxy port-forward attach run plugin alpha kuberc replace config dump
-n kube-system -A -nkube-system --namespace=kube-system --dry-run=none --replicas=0 --tail=-1
LD_PRELOAD=/x @/etc/passwd http://evil -o=go-template-file=/etc/passwd -ojsonpath-file=x
"""
INSERTS = (
    *FLAGS,
    *(f"{flag}=x" for flag in FLAGS[:60]),
    *(f"--{flag[2:].replace('-', '_')}=x" for flag in FLAGS[:60] if "-" in flag[2:]),
    *WORDS.split(),
    *("\n", "\r", "\t", "\0", "\x1b[2J"),
)
LOOKALIKES = {
    "e": "\u0435",
    "o": "\u043e",
    "a": "\u0430",
    " ": "\u00a0",
    "-": "\u2010",
    "c": "\u0441",
    "=": "\uff1d",
}


def _corpus() -> list[str]:
    lines = gzip.decompress(CORPUS.read_bytes()).decode().splitlines()
    return [json.loads(line)["line"] for line in lines]


def _mutate(rng: random.Random, line: str, other: str) -> str:
    kind = rng.randrange(12)
    words = line.split(" ")
    at = rng.randrange(len(words) + 1)
    spot = rng.randrange(len(line) + 1)
    if kind < 3:
        return " ".join([*words[:at], rng.choice(INSERTS), *words[at:]])
    if kind == 3:
        return " ".join([*words[:at], *words[at : at + 2], *words[at:]])
    if kind == 4:
        return " ".join([*words[: max(at - 1, 0)], *words[at:]])
    if kind == 5:
        tail = other.split(" ")
        return " ".join([*words[:at], *tail[rng.randrange(len(tail)) :]])
    if kind == 6:
        return line[:spot] + chr(rng.randrange(1, 0x250)) + line[spot:]
    if kind == 7:
        return (
            line[:spot]
            + rng.choice(";|&<>$`\\'\"(){}[]*?~#!@=,/._- \n\0")
            + line[spot + rng.randrange(2) :]
        )
    if kind == 8:
        return "".join(c.swapcase() if rng.random() < 0.2 else c for c in line)
    if kind == 9:
        letter = rng.choice(list(LOOKALIKES))
        return line.replace(letter, LOOKALIKES[letter], 1)
    if kind == 10:
        rng.shuffle(words)
        return " ".join([*line.split(" ")[:1], *words])
    return line.replace("-", "_", rng.randrange(1, 3))


def _argv(move: Move) -> list[str]:
    if move.kind == "promtool":
        return promtool_command.build_argv(
            move, "http://127.0.0.1:9090", datetime(2026, 1, 1, tzinfo=UTC)
        )
    return kubectl_command.build_argv(move)


def test_no_mutation_gets_outside_the_policy(pytestconfig: pytest.Config) -> None:
    rng = random.Random(SEED)
    ladder = Ladder.packed()
    lines = _corpus()
    accepted = 0
    for number in range(pytestconfig.getoption("--fuzz-mutations")):
        base = any_line(rng) if number % 8 == 0 else rng.choice(lines)
        line = _mutate(rng, base, rng.choice(lines))
        if number % 3 == 0:
            line = _mutate(rng, line, base)
        move, verdict = ladder.judge(line)
        if verdict.decision not in ("allow", "approve"):
            assert move is None
            assert verdict.decision == "refuse" or verdict.hint, (line, verdict)
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
