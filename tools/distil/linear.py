"""Linear: RE2 patterns, whose time grows with the text and never faster, for text by anyone."""

from __future__ import annotations

from typing import Any

import re2

MEMORY = 2**20
"""Bytes that RE2 may use for one pattern, so that hostile logs cannot make all of them grow."""


def linear(pattern: str) -> Any:
    """A case-insensitive RE2 pattern with `search` and `match`, bounded in memory.

    Raises re2.error for a pattern that RE2 does not know.
    """
    options = re2.Options()
    options.max_mem = MEMORY
    # A pattern that runs out of memory goes on without its automaton: slower, not wrong. Without
    # this, RE2 writes a line to stderr each time.
    options.log_errors = False
    options.case_sensitive = False
    return re2.compile(pattern, options)
