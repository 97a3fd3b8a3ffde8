"""Kubernetes quantities (`250m`, `1.5Gi`, `1e3`): the one reading of them, as the API server does it.

After k8s.io/apimachinery/pkg/api/resource/quantity.go and suffix.go.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Literal

from pydantic import JsonValue

Family = Literal["binary", "decimal", "exponent"]
"""The units that a quantity is written in."""

FORMAT_WRONG = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
NUMERIC = "unable to parse numeric part of quantity"
SUFFIX = "unable to parse quantity's suffix"

DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
"""Suffix -> power of ten."""
BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
"""Suffix -> power of two."""

_PARTS = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[+-]?[0-9]*)", re.ASCII)
_DIGIT = re.compile(r"[0-9]", re.ASCII)
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]{1,18})", re.ASCII)
_DIGITS = 4096
"""Digits and exponent up to which a quantity is read; beyond them lies only abuse."""
_MOST = Decimal(2**63 - 1)
"""Larger amounts are cut down to this one, as the server does."""


class QuantityError(ValueError):
    """A text that is no quantity; the message is the server's."""


class Parsed(Decimal):
    """A quantity's value; `family` is the unit family it is written in."""

    family: Family


@lru_cache(maxsize=4096)
def parsed(text: str) -> Parsed:
    """The quantity in its base unit (bytes, cores). Raises QuantityError."""
    text = text.strip()
    match = _PARTS.fullmatch(text) if text else None
    if match is None:
        raise QuantityError(FORMAT_WRONG)
    sign, whole, fraction, suffix = match.groups()
    if len(text) > _DIGITS:
        raise QuantityError(NUMERIC)
    number = Decimal(f"{sign}{whole or '0'}.{fraction or '0'}")
    exponent = _EXPONENT.fullmatch(suffix)
    family: Family = "decimal"
    if suffix in BINARY:
        family, number = "binary", number * 2 ** BINARY[suffix]
    elif suffix in DECIMAL:
        number = number.scaleb(DECIMAL[suffix])
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


def amount(value: JsonValue) -> Decimal | None:
    """The exact amount of a quantity (a string, or a bare JSON number); None when it is none.

    A text without a digit is none here, although the server reads `Gi` as 0.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    try:
        return parsed(text) if _DIGIT.search(text) else None
    except QuantityError:
        return None


def whole_bytes(value: JsonValue) -> int | None:
    """Memory or storage in bytes, rounded up as Kubernetes does; None for no quantity."""
    exact = amount(value)
    return None if exact is None else int(exact.to_integral_value(ROUND_CEILING))


def millicores(value: JsonValue) -> int | None:
    """CPU in millicores, rounded up as Kubernetes does; None for no quantity."""
    exact = amount(value)
    return None if exact is None else int((exact * 1000).to_integral_value(ROUND_CEILING))
