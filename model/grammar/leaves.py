"""Leaves: JSON schemas of single values: texts, numbers, quantities, names from a closed list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Node = dict[str, Any]
Key = tuple[str, str]
"""(schema name or an empty string, field)."""

TEXT: Node = {"type": "string", "minLength": 1, "maxLength": 400}
"""A text of any use. No pattern: llguidance has the masks of plain JSON texts ready, which makes them twenty
times as fast over a large vocabulary as any pattern."""
MOMENT = (
    r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)
BASE64 = "([A-Za-z0-9+/]{4}){0,64}"
MOST = 1_000_000
"""Upper bound of whole numbers that have no other."""


@dataclass(frozen=True)
class Leaves:
    """What is known of single values; the more exact entry wins, what a schema itself says above all."""

    quantities: frozenset[str] = frozenset()
    """Schemas that are quantities."""
    quantity: str = "[1-9][0-9]{0,3}(m|k|M|G|Ki|Mi|Gi)?"
    either: frozenset[str] = frozenset()
    """Schemas that are an integer or a text."""
    enums: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    shapes: Mapping[Key, str] = field(default_factory=dict)
    """Regular expressions of texts."""
    ranges: Mapping[Key, tuple[int, int]] = field(default_factory=dict)
    """Bounds of numbers, both included."""

    def leaf(self, node: Node, target: str | None, owner: str, word: str) -> Node | None:
        """The schema of a value, or None when the node is an object, list or reference to one."""
        if target in self.quantities or node.get("format") == "quantity":
            return _text(self.quantity)
        if (
            target in self.either
            or node.get("x-kubernetes-int-or-string")
            or node.get("format") == "int-or-string"
        ):
            return {"anyOf": [self._integer(node, owner, word), self._text(node, owner, word)]}
        if target is not None:
            return None
        kind = node.get("type")
        listed = node.get("enum")
        if isinstance(listed, list) and listed:
            return {"enum": [value for value in listed if value is not None]}
        if kind == "string":
            return self._string(node, owner, word)
        if kind == "integer":
            return self._integer(node, owner, word)
        if kind == "number":
            low, high = self._range(node, owner, word)
            return {"type": "number", "minimum": low, "maximum": high}
        return {"type": "boolean"} if kind == "boolean" else None

    def _string(self, node: Node, owner: str, word: str) -> Node:
        known = self._known(self.enums, owner, word)
        if known is not None:
            return {"enum": list(known)}
        if node.get("format") == "date-time":
            return _text(MOMENT)
        if node.get("format") == "byte":
            return _text(BASE64)
        return self._text(node, owner, word)

    def _text(self, node: Node, owner: str, word: str) -> Node:
        bounds = {key: node[key] for key in ("minLength", "maxLength") if key in node}
        if isinstance(node.get("pattern"), str):
            return {"type": "string", "pattern": node["pattern"], "maxLength": 200} | bounds
        shape = self._known(self.shapes, owner, word)
        return (_text(shape) if shape is not None else TEXT) | bounds

    def _integer(self, node: Node, owner: str, word: str) -> Node:
        low, high = self._range(node, owner, word)
        return {"type": "integer", "minimum": low, "maximum": high}

    def _range(self, node: Node, owner: str, word: str) -> tuple[int, int]:
        low, high = self._known(self.ranges, owner, word) or (0, MOST)
        low = max(low, node["minimum"]) if "minimum" in node else low
        high = min(high, node["maximum"]) if "maximum" in node else max(low, high)
        return low, high

    @staticmethod
    def _known(table: Mapping[Key, Any], owner: str, word: str) -> Any:
        found = table.get((owner, word))
        return table.get(("", word)) if found is None else found


def _text(regex: str) -> Node:
    return {"type": "string", "pattern": f"^({regex})$"}
