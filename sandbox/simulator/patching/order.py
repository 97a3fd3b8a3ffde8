"""arranged: where the items of a strategically merged list end up."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

List = list[Any]


class Positions:
    """Where each item of a list stands first: by its merge key, or by value without one.

    Looking up takes the same time however long the list is; only items that are compared by a map or
    a list are gone through one by one.
    """

    def __init__(self, items: List, key: str = "") -> None:
        self._key = key
        self._first: dict[Hashable, int] = {}
        self._nested: list[tuple[int, Any]] = []
        self._length = 0
        for item in items:
            self.append(item)

    def append(self, item: Any) -> None:
        """One more item at the end."""
        mark = self._mark(item)
        if mark is None:
            self._nested.append((self._length, item))
        else:
            self._first.setdefault(mark, self._length)
        self._length += 1

    def of(self, wanted: Any) -> int:
        """The index of the item that is the same one; -1 when there is none."""
        mark = self._mark(wanted)
        if mark is not None:
            return self._first.get(mark, -1)
        return next((at for at, item in self._nested if same(item, wanted, self._key)), -1)

    def __contains__(self, wanted: Any) -> bool:
        """Whether the list has this item."""
        return self.of(wanted) >= 0

    def _mark(self, item: Any) -> Hashable | None:
        """Something to look an item up by; equal marks mean `same`. None: there is no such thing."""
        keyed = bool(self._key) and isinstance(item, dict)
        value = item.get(self._key) if keyed else item
        return None if isinstance(value, dict | list) else (keyed, isinstance(value, bool), value)


def arranged(merged: List, order: List, before: List, key: str) -> List:
    """The merged items: those that `order` names in its order, the others where `before` had them.

    Each other item comes before the first ordered one that it stood in front of.
    """
    ordered, stood = Positions(order, key), Positions(before, key)
    named = [item for item in merged if item in ordered]
    others = [item for item in merged if item not in ordered]
    named.sort(key=ordered.of)
    others.sort(key=lambda item: _or_last(stood.of(item)))
    result: List = []
    left = 0
    for item in named:
        at = stood.of(item)
        while left < len(others) and 0 <= stood.of(others[left]) < at:
            result.append(others[left])
            left += 1
        result.append(item)
    return [*result, *others[left:]]


def _or_last(at: int) -> float:
    return at if at >= 0 else float("inf")


def same(one: Any, other: Any, key: str) -> bool:
    """Whether two items are one: by their merge key, or by value without one."""
    if key and isinstance(one, dict) and isinstance(other, dict):
        one, other = one.get(key), other.get(key)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
