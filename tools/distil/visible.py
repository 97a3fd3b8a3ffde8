"""Visible text: what is left of untrusted output when everything that hides or reorders is gone.

Covered: terminal escapes, control, bidirectional, zero-width and tag characters,
lone surrogates. Not covered: look-alike letters, which are visible and may be honest.
"""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?"
)
_SPACES = re.compile("[\t\n\v\f\r\x85\u2028\u2029]")
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """The text on one line: escapes and hidden characters removed, tabs and breaks as spaces."""
    if text.isascii() and text.isprintable():
        return text
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return _HIDDEN.sub("", _SPACES.sub(" ", text))


def shown(text: str, length: int) -> str:
    """`visible`, stripped and cut to `length` characters with an ellipsis for what is missing."""
    # Hidden characters only shrink a text, so four times the length is enough to look at.
    line = visible(text[: 4 * length + 64]).strip()
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
