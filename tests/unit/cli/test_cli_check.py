"""`check`: what it prints, its exit status, and its input errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli import app


def check(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["check", *arguments], input=stdin)


def test_a_wrong_command_in_a_runbook() -> None:
    Path("runbook.md").write_text(
        "# Fix\n\n```sh\nkubectl get pods -n <ns>\nkubectl gett pods\n```\n"
    )
    result = check("runbook.md")
    assert result.exit_code == 5
    assert result.stdout.startswith("runbook.md:5: error: unknown-command:")
    assert "    kubectl gett pods\n" in result.stdout
    assert result.stderr == "2 checked, 1 wrong\n"


def test_a_clean_runbook_prints_nothing() -> None:
    Path("ok.sh").write_text("kubectl get pods -n shop\n")
    result = check("ok.sh")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "kubectl get pods" in check("ok.sh", "-v").stdout


def test_json_is_one_object_per_move() -> None:
    lines = b'{"id": "a", "line": "kubectl get pods"}\nkubectl get pods; id\n"kubectl get nodes"\n'
    result = check("--lines", "-", "-o", "json", stdin=lines)
    assert result.exit_code == 5
    found = [json.loads(line) for line in result.stdout.splitlines()]
    keys = ["file", "lineno", "id", "line", "decision", "rung", "reason", "hint"]
    assert [list(item) for item in found] == [keys] * 3
    assert [item["decision"] for item in found] == ["allow", "refuse", "allow"]
    assert [item["id"] for item in found] == ["a", None, None]


def test_lines_from_a_file() -> None:
    Path("moves.txt").write_text("kubectl get pods\n")
    assert check("--lines", "moves.txt").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        ([], None, "check needs files or --lines"),
        (["x.md", "--lines", "-"], b"", "check needs files or --lines"),
        (["none.md"], None, "none.md"),
        (["--lines", "none"], None, "--lines none"),
        (["-"], b"\xff\xfe", "not UTF-8"),
    ],
)
def test_input_errors(arguments: list[str], stdin: bytes | None, says: str) -> None:
    result = check(*arguments, stdin=stdin)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output


def test_output_is_safe_for_a_terminal() -> None:
    result = check("--lines", "-", stdin=b"kubectl get \x1b[2Jpods\xe2\x80\xae\n")
    assert result.exit_code == 5
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
