"""Kubernetes quantities (`250m`, `1.5Gi`, `1e3`) as integers of one unit."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

from pydantic import JsonValue

# Three digits of exponent and thirty of mantissa are far above any real quantity (the API stops
# at 2^63-1); longer ones are not read, so that hostile text cannot make huge numbers.
_QUANTITY = re.compile(
    r"^([+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30}))"
    r"(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$",
    re.ASCII,
)

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}


def amount(value: JsonValue) -> Decimal | None:
    """The exact amount of a quantity (a string, or a bare JSON number); None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    found = _QUANTITY.match(str(value).strip())
    if found is None:
        return None
    number, suffix, exponent = found.groups()
    if suffix:
        return Decimal(number) * _SUFFIXES[suffix]
    return Decimal(number).scaleb(int(exponent)) if exponent else Decimal(number)


def whole_bytes(value: JsonValue) -> int | None:
    """Memory or storage in bytes, rounded up as Kubernetes does; None for no quantity."""
    exact = amount(value)
    return None if exact is None else int(exact.to_integral_value(ROUND_CEILING))


def millicores(value: JsonValue) -> int | None:
    """CPU in millicores, rounded up as Kubernetes does; None for no quantity."""
    exact = amount(value)
    return None if exact is None else int((exact * 1000).to_integral_value(ROUND_CEILING))
