"""combined and without: a configuration merged into a live object, and fields taken out of one."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.simulator.patching.elements import MISSING, form, indexed
from sandbox.simulator.patching.fieldset import FieldSet
from sandbox.simulator.patching.schema import Node


def combined(live: Any, config: Any, node: Node) -> Any:
    """The live value with the configured one over it; neither is changed."""
    if config is MISSING:
        return live
    if live is MISSING or live is None:
        return without_nulls(config)
    how = form(node, live, config)
    if how == "map":
        result = dict(live)
        for name, value in (config or {}).items():
            merged = combined(live.get(name, MISSING), value, node.child(name))
            if merged is None:
                result.pop(name, None)
            else:
                result[name] = merged
        return result
    if how == "list":
        return _lists(live, config or [], node)
    return without_nulls(config)


def _lists(live: list[Any], config: list[Any], node: Node) -> list[Any]:
    """Both lists' items: the configured ones in their order, the others where they were among them."""
    mine, its = indexed(node, live), indexed(node, config)
    left, right = list(mine), list(its)
    shared = [step for step in right if step in mine]
    result: list[Any] = []
    done: set[str] = set()
    at_left = at_right = 0

    def take(step: str) -> None:
        done.add(step)
        result.append(combined(mine.get(step, MISSING), its.get(step, MISSING), node.element))
        if shared and shared[0] == step:
            shared.pop(0)

    while at_left < len(left) or at_right < len(right):
        if at_left < len(left) and at_right < len(right):
            step = left[at_left]
            if step == right[at_right]:
                take(step)
                at_left += 1
                at_right += 1
                continue
            if step in its and shared and shared[0] != step:
                at_left += 1  # comes later, where the configuration wants it
                continue
        if at_left < len(left):
            step = left[at_left]
            if step not in its:
                take(step)
                at_left += 1
                continue
            if step in done:
                at_left += 1
        if at_right < len(right):
            take(right[at_right])
            at_right += 1
    return result


def without_nulls(value: Any) -> Any:
    """A copy in which no map has a null: an object never stores one."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return copy.copy(value)


def without(value: Any, gone: FieldSet, node: Node) -> Any:
    """The value less these fields; None when nothing of it is left."""
    how = form(node, value)
    if how == "map":
        kept = {}
        for name, inner in value.items():
            step = f"f:{name}"
            if step in gone.members:
                continue
            child = gone.children.get(step)
            rest = without(inner, child, node.child(name)) if child else inner
            if rest is not None:
                kept[name] = rest
        return kept or None
    if how == "list":
        items = []
        for step, item in indexed(node, value).items():
            if step in gone.members:
                continue
            child = gone.children.get(step)
            rest = without(item, child, node.element) if child else item
            if rest is not None:
                items.append(rest)
        return items or None
    return value
