"""Paths to a field of an object, as field selectors, CRDs and the downward API write them."""

from __future__ import annotations

from typing import Any


def field_at(obj: dict[str, Any], path: str) -> Any:
    """The value at `spec.replicas` or `.spec.replicas`; None when there is none.

    Maps only: neither lists nor the filters of full JSONPath.
    """
    value: Any = obj
    for step in path.strip(".").split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
