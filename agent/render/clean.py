"""Cleaning and wording for all renderers: cluster text is shown, never obeyed by a terminal.

Names, labels, log lines and event messages come from people who may not be trusted: escape
sequences would move the cursor, bidirectional marks would reorder a line, invisible characters
would make two names look the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from tools.fact import Evidence, Fact

ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
"""ANSI: CSI sequences, OSC strings (links, titles), two-character escapes."""
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f\ud800-\udfff]"
)
"""C0 (without tab and newline), C1, bidirectional, zero-width, Unicode tags, non-characters."""
VALUE_LENGTH = 100
"""Characters of a fact's value in a list of evidence; -o json has all of it."""
EMPTY: tuple[JsonValue, ...] = ({}, [])
"""Left out of what is shown of a map."""
BYTE_UNITS = ((1 << 40, "Ti"), (1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))


def block(text: str) -> str:
    """Clean text that may have several lines."""
    plain = ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return INVISIBLE.sub("", plain).expandtabs(4)


def line(text: str) -> str:
    """Clean text as one line, with runs of blanks made one."""
    return " ".join(block(text).split())


def shorten(text: str, length: int) -> str:
    """The text, cut with an ellipsis when it is longer than `length` characters."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def references(evidence: Iterable[Evidence]) -> str:
    """`[m3:12] [m4:2-5]`: where a fact was read, each place once."""
    return " ".join(dict.fromkeys(reference(item) for item in evidence))


def reference(item: Evidence) -> str:
    """`[m3:12]` for a line, `[m3:12-14]` for lines, `[m3 items[0].status]` for a JSON path."""
    if item.lines is not None:
        first, last = item.lines
        return f"[{item.move}:{first}]" if first == last else f"[{item.move}:{first}-{last}]"
    return line(f"[{item.move} {item.path}]") if item.path else f"[{item.move}]"


def quotes(fact: Fact) -> list[str]:
    """The distinct quotes of a fact's evidence, in order."""
    return list(dict.fromkeys(line(item.quote) for item in fact.evidence if item.quote.strip()))


def statement(fact: Fact) -> str:
    """`container.exit.code = 1` in words that fit one line."""
    return f"{fact.name} = {shorten(line(value_text(fact.value, fact.unit)), VALUE_LENGTH)}"


def value_text(value: JsonValue, unit: str | None) -> str:
    """A value as people write it: 134217728 bytes is 128Mi, {"a": 1} is a=1, inner ones in brackets."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if unit == "bytes":
            return _bytes(value)
        if unit == "millicores":
            return f"{value}m"
        return f"{value} s" if unit == "seconds" else str(value)
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, dict):
        return ", ".join(
            f"{key}={_inner(item)}" for key, item in value.items() if item not in EMPTY
        )
    if isinstance(value, list):
        return ", ".join(_inner(item) for item in value)
    return json.dumps(value)


def _inner(value: JsonValue) -> str:
    said = value_text(value, None)
    return f"({said})" if isinstance(value, dict | list) else said


def _bytes(value: float) -> str:
    for size, unit in BYTE_UNITS:
        if value >= size and value % size == 0:
            return f"{int(value // size)}{unit}"
    return f"{value} bytes"


def chosen(facts: Mapping[str, Fact], ids: Iterable[str]) -> list[Fact]:
    """The facts with these ids that the report holds, in the order of the ids."""
    return [facts[i] for i in dict.fromkeys(ids) if i in facts]


def seconds(milliseconds: int) -> str:
    """`0.4 s`, `12.3 s`, `2 min 5 s`."""
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    minutes, rest = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {rest} s"
