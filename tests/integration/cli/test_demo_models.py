"""`magos-agent demo` with a model: what its flags do, and what is said when the model is of no use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chat_server import Reply, good, http, serving
from tests.console import Console, fails
from tests.random_model import random_nano

pytestmark = pytest.mark.integration
MODELS = Reply(http(b'{"data": [{"id": "m1"}]}'))


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path / "home")


@pytest.mark.parametrize(
    ("flag", "value", "says"),
    [
        ("--executor", "absent.gguf", "there is no such file"),
        ("--executor", "nano", "no nano weights"),
        ("--executor", "magos", "has not been pulled"),
    ],
)
def test_a_model_that_is_not_there_is_said_before_the_story(
    flag: str, value: str, says: str, console: Console
) -> None:
    fails(console.run("demo", "oom-killed", flag, value), 2, says)


def test_without_kubectl_no_story_is_told(console: Console) -> None:
    empty = console.home / "bin"
    empty.mkdir()
    fails(console.run("demo", "oom-killed", PATH=str(empty)), 1, "kubectl was not found")


def test_a_server_writes_the_moves(console: Console) -> None:
    with serving(MODELS, good("kubectl get pods -A")) as server:
        ended = console.run("demo", "oom-killed", "-o", "json", "--executor", server.url)
    assert ended.report["root_cause"]["id"] == "memory.limit-too-low"
    assert any(move["proposed_by"] == "custom" for move in ended.report["moves"])
    assert "OOMKilled" in ended.stderr  # the story


def test_the_grammar_can_be_taken_away(console: Console, tmp_path: Path) -> None:
    """Under it a random model says commands; without it, noise to the last token."""
    weights = random_nano(tmp_path / "random.gguf", layers=1)
    words = ("demo", "healthy", "-q", "-o", "json", "--executor", weights)
    held, free = console.run(*words), console.run(*words, "--grammar", "off")
    for ended in (held, free):
        assert ended.report["verdict"] == "healthy"
        assert {move["proposed_by"] for move in ended.report["moves"]} == {"playbook"}
        assert ended.stderr == ""
    made = "the playbook's own move was made: the model"
    assert any(note.startswith(f"{made} was unsure") for note in held.report["degraded"])
    assert any(note.startswith(f"{made}'s move is not whole") for note in free.report["degraded"])
