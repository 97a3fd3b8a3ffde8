"""Kubernetes quantities as numbers, and numbers as the API server writes them: in canonical form."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from functools import lru_cache
from typing import Any

from tools.distil.quantity import BINARY, DECIMAL, Family, amount, parsed

_DECIMAL_NAMES = {exponent: name for name, exponent in DECIMAL.items()}


def number(text: Any) -> Decimal:
    """The quantity as a number in its base unit (bytes, cores). Raises ValueError."""
    found = amount(text)
    if found is None:
        raise ValueError(f"not a quantity: {text!r}")
    return found


def size(text: object) -> int:
    """A memory or storage quantity in bytes. Raises ValueError."""
    return int(number(text))


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """The quantity as the server writes it back: `1024Mi` is `1Gi`, `0.5` is `500m`.

    Raises QuantityError.
    """
    value = parsed(text)
    return _text(Decimal(value), value.family)


def written(value: Decimal, like: str) -> str:
    """A sum as the server writes it, in the unit family of the quantity `like`.

    256Mi + 768Mi is 1Gi, 100m + 900m is 1. Raises QuantityError for another `like`.
    """
    return _text(value, parsed(like).family)


def _text(number: Decimal, family: Family) -> str:
    """In the largest unit that keeps the number whole, nothing finer than nano."""
    if number == 0:
        return "0"
    # small amounts have no binary unit, and the server then counts in decimal ones
    if family == "binary" and abs(number) >= 1024 and number == number.to_integral_value():
        whole = int(number)
        for name, shift in reversed(BINARY.items()):
            if whole % (1 << shift) == 0:
                return f"{whole >> shift}{name}"
        return str(whole)
    rounded = int(number.scaleb(9).to_integral_value(ROUND_UP))
    exponent = -9
    while rounded % 1000 == 0 and exponent < 18:
        rounded //= 1000
        exponent += 3
    if family == "exponent":
        return f"{rounded}e{exponent}" if exponent else str(rounded)
    return f"{rounded}{_DECIMAL_NAMES[exponent]}"
