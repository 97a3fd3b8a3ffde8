"""The `check` command's engine: lints runbooks, scripts, manifests and move lists, offline.

FILE mode is lenient: placeholders are fine and policy findings are information. LINES mode is as
strict as the gate. No cluster is asked, so names and custom resources are not judged.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from agent import checktext
from agent.exits import Exit
from agent.finding import Finding
from tools.errors import UsageError
from tools.kubectl.policy import EVERYWHERE
from tools.ladder import Ladder
from tools.manifest.schema import SchemaSet

SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".sh": "shell",
    ".bash": "shell",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".txt": "text",
}
"""Files that a folder is searched for -> how they are read."""
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "vendor"})
MAX_FILE_BYTES = 4 * 1024 * 1024
"""Larger files are named and left out; no runbook is that long."""


@dataclass(frozen=True)
class _Source:
    """One file to read."""

    path: Path
    named: bool
    """Given by the user, so that not being able to read it is an error."""


def check_files(
    paths: Sequence[str | Path], ladder: Ladder | None = None, schemas: SchemaSet | None = None
) -> list[Finding]:
    """Findings of files and folders, one per command, manifest or expression; `-` is stdin.

    Raises UsageError for a named file that is missing, unreadable or not UTF-8 text.
    """
    reader = checktext.TextChecker(ladder or Ladder.packed(), schemas or SchemaSet.packed())
    found: list[Finding] = []
    for path in paths:
        if str(path) == "-":
            found += reader.check("-", _standard_input(), "")
            continue
        for source in _sources(Path(path)):
            found += _check_file(source, reader)
    return found


def _standard_input() -> str:
    """Standard input as UTF-8, whatever the locale says. Raises UsageError."""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"standard input: byte {error.start} is not UTF-8 text", "give a UTF-8 text"
        ) from error


def _sources(path: Path) -> Iterator[_Source]:
    if not path.is_dir():
        yield _Source(path, named=True)
        return
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(
            name for name in inner if not name.startswith(".") and name not in _SKIPPED_FOLDERS
        )
        for name in sorted(names):
            if Path(name).suffix.lower() in SUFFIXES:
                yield _Source(Path(folder) / name, named=False)


def _check_file(source: _Source, reader: checktext.TextChecker) -> list[Finding]:
    path = source.path
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            return [_unread(source, "too-large", f"{size} bytes, more than {MAX_FILE_BYTES}")]
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return [_unread(source, "not-utf8", f"byte {error.start} is not UTF-8 text")]
    except OSError as error:
        return [_unread(source, "unreadable", error.strerror or str(error))]
    return reader.check(str(path), text, SUFFIXES.get(path.suffix.lower(), ""))


def _unread(source: _Source, reason: str, message: str) -> Finding:
    """A file that cannot be read: an error when the user named it, else information."""
    if source.named:
        raise UsageError(f"{source.path}: {message}", "give a UTF-8 text file or a folder")
    return Finding(
        file=str(source.path),
        lineno=0,
        line="",
        decision="refuse",
        rung="parse",
        reason=reason,
        message=message,
        hint="not checked",
    )


def check_lines(
    stream: Iterable[str | bytes], ladder: Ladder | None = None, *, name: str = "-"
) -> list[Finding]:
    """Strict: one finding per line; a line is raw, a JSON text, or JSON {"id", "line"}."""
    ladder = ladder or Ladder.packed()
    return [_judged(raw, lineno, ladder, name) for lineno, raw in enumerate(stream, start=1)]


def _judged(raw: str | bytes, lineno: int, ladder: Ladder, name: str) -> Finding:
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    except UnicodeDecodeError:
        return _bad_line(name, lineno, "not-utf8", "the line is not UTF-8 text")
    text = text.removesuffix("\n").removesuffix("\r")
    line, move_id = _unwrapped(text)
    if line is None:
        return _bad_line(name, lineno, "bad-json", 'the object has no text "line"', move_id)
    verdict = ladder.judge(line, EVERYWHERE, proposed_by="human").verdict
    return Finding(
        file=name,
        lineno=lineno,
        id=move_id,
        line=line,
        decision=verdict.decision,
        rung=verdict.rung,
        reason=verdict.reason,
        message=verdict.message,
        hint=verdict.hint,
        wrong=verdict.decision in ("refuse", "repair"),
    )


def _unwrapped(text: str) -> tuple[str | None, str | None]:
    """(line, id) of a raw or JSON line; the line is None when a JSON object has none."""
    if not text.lstrip().startswith(('"', "{")):
        return text, None
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return text, None  # a shell brace or quote: raw after all
    if isinstance(value, str):
        return value, None
    if not isinstance(value, dict):
        return text, None
    line, move_id = value.get("line"), value.get("id")
    found = line if isinstance(line, str) else None
    return found, None if move_id is None else str(move_id)


def _bad_line(
    name: str, lineno: int, reason: str, message: str, move_id: str | None = None
) -> Finding:
    return Finding(
        file=name,
        lineno=lineno,
        id=move_id,
        line="",
        decision="refuse",
        rung="parse",
        reason=reason,
        message=message,
        hint='write a raw line, "..." or {"id": ..., "line": ...}',
        wrong=True,
    )


def exit_code(findings: Iterable[Finding]) -> Exit:
    """REFUSED (5) when something is wrong: command, flag, field, version or PromQL; else OK."""
    return Exit.REFUSED if any(finding.wrong for finding in findings) else Exit.OK
