"""compared: which fields two states of an object differ in."""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.simulator.patching.elements import MISSING, form, indexed
from sandbox.simulator.patching.fieldset import FieldSet, Path
from sandbox.simulator.patching.schema import Node


class Comparison(NamedTuple):
    """Fields that the second state has and the first has not, both have but unequal, only the first has."""

    added: FieldSet
    modified: FieldSet
    removed: FieldSet


def compared(old: Any, new: Any, node: Node) -> Comparison:
    """The differences of two objects of one schema."""
    result = Comparison(FieldSet(), FieldSet(), FieldSet())
    _walk(old, new, node, (), result)
    return result


def _walk(old: Any, new: Any, node: Node, path: Path, result: Comparison) -> None:
    how = form(node, old, new)
    if how == "map":
        before, after = _map(old), _map(new)
        for name in before.keys() | after.keys():
            mine, its = before.get(name, MISSING), after.get(name, MISSING)
            _walk(mine, its, node.child(name), (*path, f"f:{name}"), result)
    elif how == "list":
        were, are = indexed(node, _list(old)), indexed(node, _list(new))
        for step in were.keys() | are.keys():
            mine, its = were.get(step, MISSING), are.get(step, MISSING)
            _walk(mine, its, node.element, (*path, step), result)
    elif old is not MISSING and new is not MISSING and not same(old, new):
        result.modified.insert(path)
    if old is MISSING:
        result.added.insert(path)
    elif new is MISSING:
        result.removed.insert(path)


def same(old: Any, new: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _map(value: Any) -> dict[str, Any]:
    return {} if value is MISSING or value is None else value


def _list(value: Any) -> list[Any]:
    return [] if value is MISSING or value is None else value
