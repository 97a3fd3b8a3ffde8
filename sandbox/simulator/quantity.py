"""Kubernetes quantities: reading them as numbers and writing sums back in their family of units."""

from __future__ import annotations

import re
from decimal import Decimal

_FORM = re.compile(r"^([+-]?[0-9]*\.?[0-9]+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|e[+-]?[0-9]+)?$")
_BINARY = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4, "Pi": 1024**5, "Ei": 1024**6}
_DECIMAL = {"": 0, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def number(text: object) -> Decimal:
    """The quantity as a number in its base unit (bytes, cores). Raises ValueError."""
    found = _FORM.match(str(text).strip())
    if not found:
        raise ValueError(f"not a quantity: {text!r}")
    value, unit = Decimal(found[1]), found[2] or ""
    if unit in _BINARY:
        return value * _BINARY[unit]
    exponent = int(unit[1:]) if unit.startswith("e") else _DECIMAL[unit]
    return value.scaleb(exponent)


def millicores(text: object) -> int:
    """A CPU quantity in thousandths of a core."""
    return int(number(text) * 1000)


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
