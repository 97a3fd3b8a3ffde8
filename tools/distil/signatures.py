"""Signatures: what a log line means, from tools/data/log_signatures.yaml.

Patterns run in RE2, whose time is linear in the line's length, because logs are written by anyone.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from tools.distil.linear import linear

SIGNATURES_FILE = Path(__file__).parents[1] / "data" / "log_signatures.yaml"

CATEGORIES = frozenset(
    {
        *("missing-env", "missing-config", "connection-refused", "dns", "timeout", "permission"),
        *("oom", "panic", "traceback", "exec-format", "address-in-use", "disk-full", "tls"),
        *("auth", "missing-file", "missing-table", "not-found", "fatal", "error"),
    }
)
"""The categories of log.error in the registry."""


class Row(BaseModel):
    """One signature as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """Slug, unique."""
    category: str
    """One of CATEGORIES."""
    strength: int = Field(ge=1, le=3)
    """3 names the cause, 2 is a clear symptom, 1 is a hint."""
    match: list[str]
    """RE2 patterns, any of which is enough; case-insensitive."""
    unless: str | None = None
    """A pattern that voids the match."""
    before: str | None = None
    """A pattern that one of the lines before must match."""
    warn: bool = True
    """Whether a line of level WARN counts."""
    example: str
    """A line that matches."""
    example_before: str = ""
    """The line before it, for a signature with `before`."""


class Hit(NamedTuple):
    """A signature found in a line."""

    id: str
    category: str
    strength: int
    warn: bool
    names: dict[str, str]
    """Named groups that took part: env, key, file, host, port, path, command."""


class _Signature(NamedTuple):
    row: Row
    match: tuple[Any, ...]
    unless: Any | None
    before: Any | None


@cache
def rows() -> tuple[Row, ...]:
    """All signatures as written, macros not yet replaced."""
    return tuple(Row.model_validate(row) for row in _document()["signatures"])


def best(message: str, before: list[str]) -> Hit | None:
    """The strongest signature in a line; among equals the one that names something, then the first.

    `before` are the lines that precede it, nearest last. `message` should be capped by the caller:
    the time is linear in its length.
    """
    found: Hit | None = None
    for signature in _compiled():
        if found and signature.row.strength < found.strength:
            continue
        hit = _try(signature, message, before)
        if hit and (found is None or _rank(hit) > _rank(found)):
            found = hit
    return found


def _rank(hit: Hit) -> tuple[int, bool]:
    return hit.strength, bool(hit.names)


def _try(signature: _Signature, message: str, before: list[str]) -> Hit | None:
    match = next((m for m in (p.search(message) for p in signature.match) if m), None)
    if match is None or (signature.unless and signature.unless.search(message)):
        return None
    names = {name: value for name, value in match.groupdict().items() if value}
    if signature.before:
        earlier = next((m for m in map(signature.before.search, reversed(before)) if m), None)
        if earlier is None:
            return None
        names |= {name: value for name, value in earlier.groupdict().items() if value}
    row = signature.row
    return Hit(row.id, row.category, row.strength, row.warn, names)


def _expanded(pattern: str) -> str:
    macros: dict[str, str] = _document()["macros"]
    for name, text in macros.items():
        pattern = pattern.replace(f"%{name}%", text)
    return pattern


@cache
def _compiled() -> tuple[_Signature, ...]:
    def regex(pattern: str) -> Any:
        return linear(_expanded(pattern))

    # Strong signatures first: once one has matched, the weaker ones need not run.
    ordered = sorted(rows(), key=lambda row: -row.strength)
    return tuple(
        _Signature(
            row,
            tuple(regex(pattern) for pattern in row.match),
            regex(row.unless) if row.unless else None,
            regex(row.before) if row.before else None,
        )
        for row in ordered
    )


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(SIGNATURES_FILE.read_text(encoding="utf-8"))
    return document
