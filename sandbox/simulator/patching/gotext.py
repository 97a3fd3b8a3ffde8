"""go: JSON values as Go's %v prints them, which is how they stand in error messages."""

from __future__ import annotations

from typing import Any


def go(value: Any) -> str:
    """`map[image:x ports:[80 443]]`."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go, value)) + "]"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
