"""Quantities as the API server reads them: which texts are refused, and the canonical form stored.

After k8s.io/apimachinery/pkg/api/resource/quantity.go and suffix.go.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

FORMAT_WRONG = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
NUMERIC = "unable to parse numeric part of quantity"
SUFFIX = "unable to parse quantity's suffix"

_PARTS = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[+-]?[0-9]*)", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_NAMES = {exponent: name for name, exponent in _DECIMAL.items()}
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]{1,18})", re.ASCII)
_DIGITS = 4096
"""Digits and exponent up to which a quantity is read; beyond them lies only abuse."""


_MOST = Decimal(2**63 - 1)
"""Larger amounts are cut down to this one, as the server does."""


class QuantityError(ValueError):
    """A text that is no quantity; the message is the server's."""


class Parsed(Decimal):
    """A quantity's value; `family` is the unit family it is written in."""

    family: str
    """`binary`, `decimal` or `exponent`."""


@lru_cache(maxsize=4096)
def parsed(text: str) -> Parsed:
    """The quantity in its base unit. Raises QuantityError."""
    text = text.strip()
    match = _PARTS.fullmatch(text) if text else None
    if match is None:
        raise QuantityError(FORMAT_WRONG)
    sign, whole, fraction, suffix = match.groups()
    if len(text) > _DIGITS:
        raise QuantityError(NUMERIC)
    number = Decimal(f"{sign}{whole or '0'}.{fraction or '0'}")
    exponent = _EXPONENT.fullmatch(suffix)
    if suffix in _BINARY:
        family, number = "binary", number * 2 ** _BINARY[suffix]
    elif suffix in _DECIMAL:
        family, number = "decimal", number.scaleb(_DECIMAL[suffix])
    elif exponent is not None:
        power = int(exponent.group(1))
        if abs(power) > _DIGITS:
            raise QuantityError(NUMERIC)
        family, number = "exponent", number.scaleb(power)
    else:
        raise QuantityError(SUFFIX)
    value = Parsed(max(min(number, _MOST), -_MOST))
    value.family = family
    return value


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """The quantity as the server writes it back: `1024Mi` is `1Gi`, `0.5` is `500m`.

    Raises QuantityError.
    """
    value = parsed(text)
    number = Decimal(value)
    if number == 0:
        return "0"
    if value.family == "binary" and abs(number) >= 1024 and number == number.to_integral_value():
        whole = int(number)
        for name, shift in reversed(_BINARY.items()):
            if whole % (1 << shift) == 0:
                return f"{whole >> shift}{name}"
        return str(whole)
    nano = number.scaleb(9)
    rounded = int(nano.to_integral_value(rounding="ROUND_UP"))
    exponent = -9
    while rounded % 1000 == 0 and exponent < 18:
        rounded //= 1000
        exponent += 3
    if value.family == "exponent":
        return f"{rounded}e{exponent}" if exponent else str(rounded)
    return f"{rounded}{_DECIMAL_NAMES[exponent]}"
