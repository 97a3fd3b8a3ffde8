"""Kubernetes quantities: reading them as numbers and writing sums back in their family of units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tools.distil.quantity import amount

_BINARY = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4, "Pi": 1024**5, "Ei": 1024**6}


def number(text: Any) -> Decimal:
    """The quantity as a number in its base unit (bytes, cores). Raises ValueError."""
    found = amount(text)
    if found is None:
        raise ValueError(f"not a quantity: {text!r}")
    return found


def size(text: object) -> int:
    """A memory or storage quantity in bytes."""
    return int(number(text))


def written(value: Decimal, like: str) -> str:
    """A sum as the API server writes it: in the unit family of `like`, as large as keeps it whole.

    256Mi + 768Mi is 1Gi, 100m + 900m is 1.
    """
    if value == 0:
        return "0"
    if like.endswith("i"):
        for unit, factor in reversed(_BINARY.items()):
            if value % factor == 0:
                return f"{int(value / factor)}{unit}"
        return str(int(value))
    if value != value.to_integral_value():
        return f"{int(value * 1000)}m"
    whole = int(value)
    for unit, exponent in (("G", 9), ("M", 6), ("k", 3)):
        if whole % 10**exponent == 0:
            return f"{whole // 10**exponent}{unit}"
    return str(whole)
