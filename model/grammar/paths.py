"""Paths into objects: dotted words, `[]` for the entries of a list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any


def parts(path: str) -> list[str]:
    """`a.b[].c` -> a, b, [], c."""
    return [part for part in path.replace("[]", ".[]").split(".") if part]


def tree(paths: Iterable[str]) -> dict[str, Any]:
    """The paths as nested maps, one level for each part."""
    root: dict[str, Any] = {}
    for path in paths:
        node = root
        for part in parts(path):
            node = node.setdefault(part, {})
    return root


def prefixes(paths: Collection[str]) -> frozenset[str]:
    """Every path above one of these, and they themselves."""
    found = {""} if paths else set()
    for path in paths:
        words = parts(path)
        for length in range(1, len(words) + 1):
            found.add(".".join(words[:length]).replace(".[]", "[]"))
    return frozenset(found)
