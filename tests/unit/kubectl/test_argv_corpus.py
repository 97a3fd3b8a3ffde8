"""The corpus of honest and hostile command lines: every line as expected."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tools.ladder import Ladder

CORPUS = Path(__file__).parents[2] / "data" / "argv_corpus.jsonl.gz"
DECISIONS = {"deny": {"refuse", "repair"}, "allow": {"allow"}, "approval": {"approve"}}
LINES = [json.loads(line) for line in gzip.decompress(CORPUS.read_bytes()).decode().splitlines()]


@pytest.mark.parametrize("entry", LINES, ids=lambda entry: str(entry["id"]))
def test_line_as_expected(entry: dict[str, str]) -> None:
    judged = Ladder.packed().judge(entry["line"])
    verdict = judged.verdict
    assert verdict.decision in DECISIONS[entry["expect"]], verdict
    assert (judged.move is not None) == (entry["expect"] != "deny")
    if verdict.decision == "repair":
        assert verdict.hint
    if verdict.decision == "refuse":
        assert verdict.rung in ("parse", "policy")
    if "2 people" in entry.get("why", ""):
        assert verdict.risk == "write-cluster"


def test_corpus_is_whole() -> None:
    assert len(LINES) == 172
