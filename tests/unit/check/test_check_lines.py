"""`check --lines`: strict, one finding per line, the whole argv corpus."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from agent.check import check_lines, exit_code
from agent.exits import Exit
from tools.ladder import Ladder

CORPUS = Path(__file__).parents[2] / "data" / "argv_corpus.jsonl.gz"
DECISIONS = {"deny": {"refuse", "repair"}, "approval": {"approve"}, "allow": {"allow"}}
LADDER = Ladder.packed()


def corpus() -> list[str]:
    return gzip.decompress(CORPUS.read_bytes()).decode().splitlines()


def test_every_line_of_the_corpus_comes_out_as_expected() -> None:
    entries = [json.loads(line) for line in corpus()]
    assert len(entries) == 172
    found = check_lines((line + "\n" for line in corpus()), LADDER)
    assert len(found) == len(entries)
    for entry, finding in zip(entries, found, strict=True):
        assert finding.decision in DECISIONS[entry["expect"]], (entry, finding)
        assert (finding.id, finding.line) == (entry["id"], entry["line"])
        assert finding.wrong is (entry["expect"] == "deny")
    assert exit_code(found) == Exit.REFUSED


def test_raw_and_json_lines_mean_the_same() -> None:
    line = "kubectl get pods -n shop -l 'a in (b)'"
    lines = [line, json.dumps(line), json.dumps({"line": line, "id": 7, "other": 1})]
    found = check_lines(io.StringIO("\n".join(lines)), LADDER)
    assert [finding.decision for finding in found] == ["allow"] * 3
    assert [finding.line for finding in found] == [line] * 3
    assert [finding.id for finding in found] == [None, None, "7"]
    assert [finding.lineno for finding in found] == [1, 2, 3]
    assert exit_code(found) == Exit.OK


@pytest.mark.parametrize(
    ("raw", "decision", "reason"),
    [
        ("", "refuse", "empty"),
        ("{ kubectl get pods; }", "refuse", None),
        ('{"id": "a"}', "refuse", "bad-json"),
        ('{"line": 5}', "refuse", "bad-json"),
        ("[1]", "refuse", None),
        ("5", "refuse", None),
        ('"kubectl get pods', "refuse", None),
        ('"kubectl get pods\\nid"', "refuse", None),
        ("kubectl get pods\r", "allow", "ok"),
        ("kubectl get $POD", "refuse", "shell-syntax"),
        ("kubectl logs <pod>", "refuse", "shell-syntax"),
        (b"kubectl get \xff", "refuse", "not-utf8"),
        ("{" * 100_000, "refuse", None),
        ("kubectl get pods " + "x" * 100_000, "refuse", None),
        ("kubectl get pods --nope", "repair", "unknown-flag"),
        ("kubectl rollout undo deploy/web -n shop", "approve", "write"),
    ],
)
def test_odd_lines(raw: str | bytes, decision: str, reason: str | None) -> None:
    (finding,) = check_lines([raw], LADDER)
    assert finding.decision == decision
    assert reason is None or finding.reason == reason
    assert finding.wrong is (decision in ("refuse", "repair"))


def test_the_json_contract() -> None:
    (finding,) = check_lines(["kubectl get pods --nope"], LADDER, name="moves.txt")
    assert list(finding.to_json()) == [
        "file",
        "lineno",
        "id",
        "line",
        "decision",
        "rung",
        "reason",
        "hint",
    ]
    assert str(finding).startswith("moves.txt:1: unknown-flag: ")


def test_an_empty_stream_is_fine() -> None:
    assert check_lines([], LADDER) == []
    assert exit_code([]) == Exit.OK
