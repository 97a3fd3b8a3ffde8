"""Custom resources by the structural schema of their definition: pruning and defaults.

After k8s.io/apiextensions-apiserver/pkg/apiserver/schema/{pruning,defaulting}.
"""

from __future__ import annotations

import copy
from typing import Any, Protocol

Schema = dict[str, Any]

TYPE_META = ("apiVersion", "kind")


class Listener(Protocol):
    """Who is told of unknown fields."""

    def strange(self, path: str) -> None:
        """A field that the schema does not have."""


def pruned(body: dict[str, Any], schema: Schema | None, listener: Listener) -> dict[str, Any]:
    """A copy with defaults and without unknown fields; all of it when there is no schema."""
    if schema is None:
        return copy.deepcopy(body)
    out: dict[str, Any] = defaulted(_object(body, schema, "", listener, root=True), schema)
    return out


def _value(value: Any, schema: Schema, path: str, listener: Listener) -> Any:
    if isinstance(value, dict):
        return _object(value, schema, path, listener, root=False)
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        return [_value(v, items, f"{path}[{i}]", listener) for i, v in enumerate(value)]
    return copy.deepcopy(value)


def _object(
    value: dict[str, Any], schema: Schema, path: str, listener: Listener, *, root: bool
) -> dict[str, Any]:
    fields = schema.get("properties")
    fields = fields if isinstance(fields, dict) else {}
    extra = schema.get("additionalProperties")
    embedded = root or bool(schema.get("x-kubernetes-embedded-resource"))
    keep = bool(schema.get("x-kubernetes-preserve-unknown-fields")) or extra is True
    out: dict[str, Any] = {}
    for key, child in value.items():
        here = f"{path}.{key}" if path else key
        if embedded and key in (*TYPE_META, "metadata"):
            out[key] = copy.deepcopy(child)
        elif isinstance(fields.get(key), dict):
            if child is None and not fields[key].get("nullable"):
                if "default" in fields[key]:
                    continue  # a null that may not be is dropped before defaulting
                out[key] = None
            else:
                out[key] = _value(child, fields[key], here, listener)
        elif isinstance(extra, dict):
            out[key] = _value(child, extra, here, listener)
        elif keep:
            out[key] = copy.deepcopy(child)
        else:
            listener.strange(here)
    return out


def defaulted(value: Any, schema: Schema) -> Any:
    """The value with the schema's defaults; what it is given is not changed."""
    if isinstance(value, dict):
        out = dict(value)
        fields = schema.get("properties")
        extra = schema.get("additionalProperties")
        for key, child in (fields if isinstance(fields, dict) else {}).items():
            if not isinstance(child, dict):
                continue
            if key not in out and "default" in child:
                out[key] = copy.deepcopy(child["default"])
            if key in out:
                out[key] = defaulted(out[key], child)
        if isinstance(extra, dict):
            known = fields if isinstance(fields, dict) else {}
            for key in [key for key in out if key not in known]:
                out[key] = defaulted(out[key], extra)
        return out
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        return [defaulted(item, items) for item in value]
    return value
