"""Shapes: reading JSON of unknown shape without ever failing on it.

API objects have a known shape only as long as nobody truncates, redacts or invents them; each
function gives an empty value where the document holds something else.
"""

from __future__ import annotations

from pydantic import JsonValue

DEPTH = 40
"""Nesting kept of values that are passed on as they are; API objects stay below 25."""

_EXACT = 2**53
"""Integers beyond this do not survive a JSON round trip in other languages."""


def mapping(value: JsonValue) -> dict[str, JsonValue]:
    """The object itself, or an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: JsonValue) -> list[JsonValue]:
    """The array itself, or an empty one."""
    return value if isinstance(value, list) else []


def mappings(value: JsonValue) -> list[tuple[int, dict[str, JsonValue]]]:
    """The objects in an array with their index in it."""
    return [(n, entry) for n, entry in enumerate(sequence(value)) if isinstance(entry, dict)]


def text(value: JsonValue) -> str:
    """The string itself, or an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: JsonValue) -> list[str]:
    """The strings in an array."""
    return [entry for entry in sequence(value) if isinstance(entry, str)]


def integer(value: JsonValue) -> int | None:
    """The integer itself, or None."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _EXACT:
        return value
    return None


def count(value: JsonValue) -> int:
    """The integer itself, or 0: absent counters are zero in the API."""
    return integer(value) or 0


def string_map(value: JsonValue) -> dict[str, JsonValue]:
    """The string entries of an object, as labels and selectors have them."""
    return {key: entry for key, entry in mapping(value).items() if isinstance(entry, str)}


def dig(value: JsonValue, *keys: str) -> JsonValue:
    """The value under nested keys; None when any of them is absent."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def bounded(value: JsonValue, depth: int = DEPTH) -> JsonValue:
    """The value, with what lies deeper than `depth` left out."""
    if isinstance(value, dict):
        return {k: bounded(v, depth - 1) for k, v in value.items()} if depth else None
    if isinstance(value, list):
        return [bounded(entry, depth - 1) for entry in value] if depth else None
    return value
