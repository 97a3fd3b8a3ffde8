"""Steps from a list to its items, and the set of all fields that a value has."""

from __future__ import annotations

import json
from typing import Any, Literal

from sandbox.simulator.patching.fieldset import FieldSet, Path
from sandbox.simulator.patching.schema import Node

MISSING: Any = object()
"""No value at all, which a null is not."""

Form = Literal["map", "list", "leaf"]


class UnkeyedItemError(ValueError):
    """An item of a keyed list that leaves out its keys."""


def form(node: Node, *values: Any) -> Form:
    """How to walk these values: into a map, into a list, or not at all.

    A value that is not what its schema says is a leaf: the store may hold what no schema allows.
    """
    there = [value for value in values if value is not MISSING and value is not None]
    if node.atomic and node.kind != "any":
        return "leaf"
    if node.kind in ("map", "any") and there and all(isinstance(value, dict) for value in there):
        # Both empty: a leaf, which keeps the difference between empty and absent.
        return "map" if any(there) else "leaf"
    if node.kind == "list" and there and all(isinstance(value, list) for value in there):
        return "list" if any(there) else "leaf"
    return "leaf"


def step_to(node: Node, item: Any) -> str:
    """The step from a `map` or `set` list to one of its items. Raises UnkeyedItemError."""
    if not node.keys:
        return "v:" + canonical(item)
    if not isinstance(item, dict):
        raise UnkeyedItemError("associative list with keys may not have non-map elements")
    found = {}
    for key in node.keys:
        value = item.get(key)
        if value is None:
            value = node.key_default(key)
        if value is not None:
            found[key] = value
    if not found or (len(node.keys) == 1 and node.keys[0] not in found):
        raise UnkeyedItemError(
            f'associative list with keys has an element that omits key field "{node.keys[0]}" '
            "(and doesn't have default value)"
        )
    return "k:" + canonical(found)


def indexed(node: Node, items: Any) -> dict[str, Any]:
    """Items by their step, the first of equals; those without keys go by their place."""
    result: dict[str, Any] = {}
    for place, item in enumerate(items or ()):
        try:
            step = step_to(node, item)
        except UnkeyedItemError:
            step = f"i:{place}"
        result.setdefault(step, item)
    return result


def canonical(value: Any) -> str:
    """JSON as fieldsV1 has it: sorted, without spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fields_of(value: Any, node: Node) -> FieldSet:
    """Every field that a configuration sets: what its manager will own."""
    result = FieldSet()
    _collect(value, node, (), result)
    return result


def _collect(value: Any, node: Node, path: Path, result: FieldSet) -> None:
    how = form(node, value)
    if how == "map":
        for name, inner in value.items():
            declared = node.field(name)
            below = (*path, f"f:{name}")
            _collect(inner, declared or node.element, below, result)
            if inner is None or inner == {} or declared is None:
                result.insert(below)
    elif how == "list":
        for step, item in indexed(node, value).items():
            _collect(item, node.element, (*path, step), result)
            result.insert((*path, step))
    elif node.kind == "list" and not node.atomic:
        return  # an empty granular list owns nothing
    else:
        result.insert(path)
