"""`magos-agent runbooks` as a process."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.console import Console, Ended, fails

pytestmark = pytest.mark.integration
CRASH = "# KubePodCrashLooping\n## Diagnosis\nLook at the logs of the last attempt.\n"


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path / "home")


@pytest.fixture
def books(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "crash.md").write_text(CRASH)
    return folder


def document(ended: Ended) -> dict[str, Any]:
    assert ended.status == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    assert found["schema"] == "magos.runbooks/v1"
    return found


def test_the_life_of_a_folder(console: Console, books: Path) -> None:
    ended = console.run("runbooks", "list")
    assert (ended.status, ended.stdout) == (0, "")
    assert "magos-agent runbooks add PATH" in ended.stderr
    assert "no runbooks yet" in console.run("runbooks", "search", "crash").stderr
    ended = console.run("runbooks", "add", books)
    assert ended.stdout == f"added: {books}, 1 file, 1 section\n"
    assert console.run("runbooks", "add", books).stdout.startswith("known already, read again:")
    (folder,) = document(console.run("runbooks", "list", "-o", "json"))["folders"]
    assert (folder["path"], folder["from"], folder["state"]) == (str(books), "added", "ok")
    ended = console.run("runbooks", "search", "pods", "crash", "looping")
    assert ended.stdout.splitlines() == [
        "KubePodCrashLooping > Diagnosis",
        f"  {books}/crash.md#diagnosis",
        "    Look at the logs of the last attempt.",
    ]
    (books / "crash.md").write_text(CRASH.replace("attempt", "try"))
    found = document(console.run("runbooks", "search", "crash", "-o", "json"))["snippets"]
    assert found[0]["text"] == "Look at the logs of the last try."
    assert console.run("runbooks", "remove", books).stdout == f"removed: {books}\n"
    assert document(console.run("runbooks", "list", "-o", "json"))["folders"] == []
    assert console.run("runbooks", "search", "crash").stdout == ""
    assert (books / "crash.md").exists()


def test_wrong_folders(console: Console, books: Path, tmp_path: Path) -> None:
    fails(console.run("runbooks", "add", tmp_path / "none"), 2, "there is no folder")
    (tmp_path / "notes.txt").write_text("no runbook")
    fails(console.run("runbooks", "add", tmp_path / "notes.txt"), 2, "there is no Markdown")
    empty = tmp_path / "empty"
    empty.mkdir()
    fails(console.run("runbooks", "add", empty), 2, "there is no Markdown in")
    (empty / "huge.md").write_bytes(b"x" * 2_000_000)
    ended = console.run("runbooks", "add", empty)
    fails(ended, 2, "there is no Markdown in")
    assert "larger than 1024 KiB" in ended.stderr
    (empty / "huge.md").write_bytes(b"\0binary" * 100)
    ended = console.run("runbooks", "add", empty)
    fails(ended, 2, "there is no text in the Markdown in")
    assert "huge.md: not text" in ended.stderr
    os.mkfifo(tmp_path / "pipe.md")
    fails(console.run("runbooks", "add", tmp_path / "pipe.md"), 2, "nor an ordinary file")
    fails(console.run("runbooks", "remove", empty), 2, "is no folder of runbooks here")
    if os.geteuid():
        empty.chmod(0)
        fails(console.run("runbooks", "add", empty), 2, "may not be read")
    (tmp_path / "odd").mkdir()
    (console.state).mkdir(parents=True, exist_ok=True)
    (console.state / "runbooks.json").write_text('{"no": "list"}')
    fails(console.run("runbooks", "list"), 2, "is broken: not a list of folders")


def test_folders_of_the_settings(console: Console, books: Path) -> None:
    (console.work / ".magos.yaml").write_text(f"runbooks: [{books}, /nowhere]\n")
    rows = console.run("runbooks", "list").stdout.splitlines()
    assert rows[1].split() == [str(books), "settings", "1", "1", "ok"]
    assert rows[2].split()[:2] == ["/nowhere", "settings"]
    ended = console.run("runbooks", "search", "crash")
    assert "crash.md#diagnosis" in ended.stdout
    assert "warning: /nowhere is not there any more" in ended.stderr
    fails(console.run("runbooks", "remove", books), 2, "is in your settings")
    (console.work / ".magos.yaml").unlink()
    rows = console.run("runbooks", "list", MAGOS_RUNBOOKS=f"{books}:").stdout.splitlines()
    assert len(rows) == 2
    (console.work / ".magos.yaml").write_text("runbooks: books\n")
    assert console.run("runbooks", "list").stdout.splitlines()[1].split()[1] == "settings"
    (console.work / ".magos.yaml").write_text("runbooks: {a: b}\n")
    fails(console.run("runbooks", "list"), 2, "runbooks (from")


def test_a_broken_index_file_is_made_anew(console: Console, books: Path) -> None:
    console.run("runbooks", "add", books)
    (index,) = (console.home / "cache").glob("retrieval.sqlite")
    index.write_bytes(b"nonsense " * 5000)
    ended = console.run("runbooks", "search", "crash")
    assert ended.status == 0, ended.stderr
    assert "crash.md#diagnosis" in ended.stdout


def test_an_investigation_ends_with_the_runbook_and_what_was_seen_before(
    console: Console, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    team.mkdir()
    (team / "a.md").write_text("# Deployment replicas\nFor KubePodCrashLooping see below.\n")
    (team / "KubePodCrashLooping.md").write_text("# Our pods crash\n## Fix\nSet the variable.\n")
    assert console.run("runbooks", "add", team).status == 0
    words = ("investigate", "--cluster", "sim:crash-missing-env", "--alert", "KubePodCrashLooping")
    first = console.run(*words)
    assert first.status == 0, first.stderr
    assert "Runbook: Our pods crash > Fix (alert KubePodCrashLooping is in its" in first.stdout
    assert "Seen before" not in first.stdout
    second = console.run(*words)
    assert "Seen before: run " in second.stdout
    shown = console.run("report", "latest", "-o", "markdown").stdout
    assert "### See also" in shown
    assert "- Seen before: run " in shown


def test_a_single_file(console: Console, books: Path) -> None:
    ended = console.run("runbooks", "add", books / "crash.md")
    assert ended.stdout.strip() == f"added: {books / 'crash.md'}, 1 file, 1 section"
    assert console.run("runbooks", "list").stdout.splitlines()[1].split()[1:] == [
        "added",
        "1",
        "1",
        "ok",
    ]
    assert "crash.md#diagnosis" in console.run("runbooks", "search", "crash").stdout
    assert console.run("runbooks", "remove", books / "crash.md").status == 0
    assert "nothing found" in console.run("runbooks", "search", "crash").stderr
