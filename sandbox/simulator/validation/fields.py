"""Reading parts of an object that may be missing or of another type.

The rules see what strict() let through, but also custom resources and stored objects; whatever is
not of the expected type counts as empty, because complaining about types is not their job.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def mapping(value: Any, *path: str) -> Json:
    """The object below a path; empty when there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def has(value: Any, key: str) -> bool:
    """Whether the key is set to something."""
    return isinstance(value, dict) and value.get(key) is not None


def listing(value: Any, key: str) -> list[Any]:
    """The list under a key; empty when there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def entries(value: Any, key: str, path: str) -> Iterator[tuple[str, Json]]:
    """(path, entry) for each entry of a list of objects; an entry of another type is empty."""
    base = f"{path}.{key}" if path else key
    for index, entry in enumerate(listing(value, key)):
        yield f"{base}[{index}]", entry if isinstance(entry, dict) else {}


def text(value: Any, key: str) -> str:
    """The string under a key; empty when there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def texts(value: Any, key: str) -> list[str]:
    """The strings of a list."""
    return [entry for entry in listing(value, key) if isinstance(entry, str)]


def number(value: Any, key: str) -> int | None:
    """The integer under a key."""
    return integer(value.get(key)) if isinstance(value, dict) else None


def integer(value: Any) -> int | None:
    """The value when it is an integer."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def internal(value: Json, *names: str) -> Json:
    """A struct as the server prints its internal type: Go's names, all of them, null when unset."""
    return {name: value.get(name[0].lower() + name[1:]) for name in names}
