"""complaint: why a configuration does not fit its kind's schema, in server-side apply's words."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.patching.elements import UnkeyedItemError, step_to
from sandbox.simulator.patching.fieldset import Path, spelled
from sandbox.simulator.patching.gotext import go
from sandbox.simulator.patching.schema import Node

_GO_TYPES = {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}"}


def complaint(config: Any, node: Node) -> str | None:
    """All problems, a line each, or None when there is none."""
    found: list[str] = []
    _look(config, node, (), found)
    return "\n".join(found) if found else None


def _look(value: Any, node: Node, path: Path, found: list[str]) -> None:
    if value is None or node.kind == "any":
        return
    where = f"{spelled(path)}: " if path else ""
    if node.kind == "scalar":
        problem = _scalar(value, node)
        if problem:
            found.append(where + problem)
    elif node.kind == "list":
        if not isinstance(value, list):
            found.append(f"{where}expected list, got &{{{go(value)}}}")
            return
        _items(value, node, path, where, found)
    elif not isinstance(value, dict):
        found.append(f"{where}expected map, got &{{{go(value)}}}")
    else:
        for name, inner in value.items():
            below = (*path, f"f:{name}")
            if node.field(name) is None and not node.open:
                found.append(f"{spelled(below)}: field not declared in schema")
            else:
                _look(inner, node.child(name), below, found)


def _items(items: list[Any], node: Node, path: Path, where: str, found: list[str]) -> None:
    seen: set[str] = set()
    for place, item in enumerate(items):
        step = f"i:{place}"
        if not node.atomic:
            try:
                step = step_to(node, item)
            except UnkeyedItemError as error:
                found.append(f"{where}element {place}: {error}")
                return
            if step in seen:
                found.append(f"{where}duplicate entries for key {spelled((step,))}")
            seen.add(step)
        _look(item, node.element, (*path, step), found)


def _scalar(value: Any, node: Node) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match node.scalar:
        case "string" if not isinstance(value, str):
            return f"expected string, got &value.valueUnstructured{{Value:{_go_syntax(value)}}}"
        case "boolean" if not isinstance(value, bool):
            return f"expected boolean, got &value.valueUnstructured{{Value:{_go_syntax(value)}}}"
        case "number" if not number:
            return f"expected numeric (int or float), got {_GO_TYPES.get(type(value), 'float64')}"
        case "" if isinstance(value, dict | list):
            return f"expected scalar, got {go(value)}" if node.name != "JSON" else None
    return None


def _go_syntax(value: Any) -> str:
    """What Go's %#v makes of a JSON value."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        inner = ", ".join(f'"{key}":{_go_syntax(value[key])}' for key in sorted(value))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(map(_go_syntax, value)) + "}"
    return go(value)
