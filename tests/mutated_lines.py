"""Mutated command lines: the argv corpus, and what an adversary or a confused model makes of it."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

from tests.gate_oracle import FORBIDDEN_FLAGS
from tests.random_moves import any_line

CORPUS = Path(__file__).parent / "data" / "argv_corpus.jsonl.gz"
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


def corpus() -> list[str]:
    """The lines of the corpus, honest and hostile ones."""
    lines = gzip.decompress(CORPUS.read_bytes()).decode().splitlines()
    return [json.loads(line)["line"] for line in lines]


def mutant(rng: random.Random, number: int, lines: list[str]) -> str:
    """The mutated line with that number: mostly of the corpus, some of random good moves."""
    base = any_line(rng) if number % 8 == 0 else rng.choice(lines)
    line = _mutate(rng, base, rng.choice(lines))
    return _mutate(rng, line, base) if number % 3 == 0 else line


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
