"""Options of a write: CreateOptions, UpdateOptions and PatchOptions as query parameters."""

from __future__ import annotations

from typing import NamedTuple

from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.http import Request
from sandbox.simulator.resources import Resource
from sandbox.simulator.validation import Mode, Problem, invalid
from sandbox.simulator.validation.problem import bad, forbidden, required, unsupported

MANAGER_LIMIT = 128
"""Bytes of a field manager's name (apimachinery's FieldManagerMaxLength)."""

_KINDS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions"}
_MODES: dict[str, Mode] = {"": "Warn", "Warn": "Warn", "Strict": "Strict", "Ignore": "Ignore"}


class Options(NamedTuple):
    """How to write."""

    dry_run: bool = False
    """Do everything but store."""
    manager: str = ""
    """Field manager; empty: metadata.managedFields are left alone."""
    mode: Mode = "Strict"
    """fieldValidation."""
    force: bool = False
    """Server-side apply takes over fields that others own."""

    @classmethod
    def of(cls, request: Request, *, applies: bool = False) -> Options:
        """The options of a request. Raises ApiFailure 422 for values that do not exist."""
        query = request.query
        problems = dry_run_problems(query.get("dryRun"))
        manager = query.get("fieldManager", "")
        problems += _manager_problems(manager, applies=applies)
        if "force" in query and request.method == "PATCH" and not applies:
            problems.append(forbidden("force", "may not be specified for non-apply patch"))
        mode = _MODES.get(query.get("fieldValidation", ""))
        if mode is None:
            text = query["fieldValidation"]
            problems.append(unsupported("fieldValidation", text, _MODES))
        if problems:
            raise options_failure(_KINDS.get(request.method, "CreateOptions"), problems)
        agent = request.headers.get("user-agent", "unknown").partition("/")[0]
        return cls(
            bool(query.get("dryRun")),
            manager or agent[:MANAGER_LIMIT] or "unknown",
            mode or "Warn",
            applies and request.flag("force"),
        )


def dry_run_problems(text: str | None) -> list[Problem]:
    """What is wrong with a dryRun parameter; only `All` exists."""
    if text in (None, "", "All"):
        return []
    return [unsupported("dryRun", [text], ("All",))]


def options_failure(kind: str, problems: list[Problem]) -> ApiFailure:
    """The 422 about options, which the server treats as an object of their kind without a name."""
    row = Resource("meta.k8s.io", "v1", kind, kind.lower(), kind.lower())
    return invalid(row, "", problems)


def _manager_problems(manager: str, *, applies: bool) -> list[Problem]:
    if applies and not manager:
        return [required("fieldManager", "is required for apply patch")]
    if len(manager.encode("utf-8", "replace")) > MANAGER_LIMIT:
        text = f"Too long: may not be more than {MANAGER_LIMIT} bytes"
        return [Problem("fieldManager", "FieldValueTooLong", text)]
    if not manager.isprintable():
        return [bad("fieldManager", manager, "should only contain printable characters")]
    return []
