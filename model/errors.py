"""ModelFileError: a model file cannot be had, or is not the one that was pinned."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "no-hub-package",
    "offline",
    "network",
    "denied",
    "not-found",
    "unverifiable",
    "changed",
    "wrong-hash",
    "truncated",
    "no-space",
    "unwritable",
    "not-pulled",
    "damaged",
    "bad-lock",
]


class ModelFileError(Exception):
    """Something a person must mend. `message` is one line, `hint` says what to do."""

    def __init__(self, message: str, hint: str = "", *, reason: Reason) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.reason: Reason = reason
