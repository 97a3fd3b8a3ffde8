"""Ways into an object that is being filled in: what is not there is made, or is empty."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def child(obj: Json, *path: str) -> Json:
    """The object below a path, made where it is missing."""
    for key in path:
        found = obj.get(key)
        if not isinstance(found, dict):
            found = obj[key] = {}
        obj = found
    return obj


def present(obj: Json, key: str) -> Json | None:
    """The object under a key when it is there."""
    found = obj.get(key)
    return found if isinstance(found, dict) else None


def each(obj: Json, key: str) -> list[Json]:
    """The objects in a list."""
    found = obj.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def fill(obj: Json, **values: Any) -> None:
    """Set what is not set."""
    for key, value in values.items():
        if obj.get(key) is None:
            obj[key] = value


def fill_empty(obj: Json, **values: Any) -> None:
    """Set what is not set or is the zero value (fields that are no pointers in Go)."""
    for key, value in values.items():
        if not obj.get(key):
            obj[key] = value
