"""arranged: where the items of a strategically merged list end up."""

from __future__ import annotations

from typing import Any

List = list[Any]


def place(items: List, wanted: Any, key: str) -> int:
    """The index of the item that is the same one; -1 when there is none."""
    for at, item in enumerate(items):
        if _same(item, wanted, key):
            return at
    return -1


def contains(items: List, wanted: Any, key: str = "") -> bool:
    """Whether a list has this item: by its merge key, or by value without one."""
    return place(items, wanted, key) >= 0


def arranged(merged: List, order: List, before: List, key: str) -> List:
    """The merged items: those that `order` names in its order, the others where `before` had them.

    Each other item comes before the first ordered one that it stood in front of.
    """
    named = [item for item in merged if contains(order, item, key)]
    others = [item for item in merged if not contains(order, item, key)]
    named.sort(key=lambda item: place(order, item, key))
    others.sort(key=lambda item: _or_last(place(before, item, key)))
    result: List = []
    for item in named:
        at = place(before, item, key)
        while others and 0 <= place(before, others[0], key) < at:
            result.append(others.pop(0))
        result.append(item)
    return [*result, *others]


def _or_last(at: int) -> float:
    return at if at >= 0 else float("inf")


def _same(one: Any, other: Any, key: str) -> bool:
    if key and isinstance(one, dict) and isinstance(other, dict):
        one, other = one.get(key), other.get(key)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
