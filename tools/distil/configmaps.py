"""ConfigMaps: their keys. Values are never facts."""

from __future__ import annotations

from pydantic import JsonValue

from tools.distil.item import Item
from tools.distil.shapes import mapping


def configmap(item: Item) -> None:
    """State the keys of one ConfigMap."""
    keys: list[JsonValue] = [*mapping(item.raw.get("data")), *mapping(item.raw.get("binaryData"))]
    names = ", ".join(str(key) for key in keys)
    item.say("configmap.keys", keys, "data", quote=f"keys: {names}")
