"""Copies of a document or schema with something left out, for the checks in schema.py."""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue


def without_directives(value: JsonValue) -> JsonValue:
    """A strategic-merge patch without `$patch`, `$retainKeys`, `$setElementOrder/...` and the like.

    List entries that are nothing but a directive (`- $patch: replace`) go as a whole.
    """
    if isinstance(value, dict):
        return {k: without_directives(v) for k, v in value.items() if not k.startswith("$")}
    if isinstance(value, list):
        return [without_directives(item) for item in value if not _only_directives(item)]
    return value


def _only_directives(value: JsonValue) -> bool:
    return isinstance(value, dict) and bool(value) and all(key.startswith("$") for key in value)


def has_null(value: JsonValue) -> bool:
    """Whether a null stands anywhere."""
    if isinstance(value, dict):
        return any(item is None or has_null(item) for item in value.values())
    return isinstance(value, list) and any(item is None or has_null(item) for item in value)


def without_nulls(value: JsonValue) -> JsonValue:
    """The document without fields that are null."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def without_patterns(schema: Any) -> Any:
    """A JSON Schema without its regular expressions (a field called `pattern` stays)."""
    if isinstance(schema, dict):
        return {
            key: without_patterns(value)
            for key, value in schema.items()
            if not (key == "pattern" and isinstance(value, str))
        }
    return [without_patterns(item) for item in schema] if isinstance(schema, list) else schema
