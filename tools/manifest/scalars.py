"""Plain YAML scalars as kubectl reads them: YAML 1.1 by the rules of Go's goyaml.v2.

Source: that library's resolver; compared with the real kubectl in the integration tests.
"""

from __future__ import annotations

import math
import re

from pydantic import JsonValue

# What Go's goyaml.v2, which kubectl uses, reads as booleans and null.
_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTS = (
    (re.compile(r"[-+]?0[bB][01]+"), 2),
    (re.compile(r"[-+]?0[oO][0-7]+"), 8),
    (re.compile(r"[-+]?0[xX][0-9a-fA-F]+"), 16),
    (re.compile(r"[-+]?0[0-7]+"), 8),
    (re.compile(r"[-+]?(0|[1-9][0-9]*)"), 10),
)
_NOT_FINITE = frozenset(
    {".inf", ".Inf", ".INF", "+.inf", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN"}
)


def plain(text: str) -> JsonValue:
    """A plain scalar as Go's YAML 1.1 resolver reads it; timestamps stay text, as there."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text in _NULL:
        return None
    if text in _NOT_FINITE:
        return math.nan
    if text[0] not in "+-.0123456789":
        return text
    # Go drops underscores, but not from what starts with a dot.
    bare = text if text[0] == "." else text.replace("_", "")
    for pattern, base in _INTS:
        if pattern.fullmatch(bare):
            number = int(bare, base)
            if -(2**63) <= number < 2**64:
                return number
            return _number(float(bare)) if base == 10 else text
    if _FLOAT.fullmatch(bare):
        return _number(float(bare))
    return text


def _number(value: float) -> JsonValue:
    """A float as Go writes it into JSON: 1e3 becomes 1000, which an integer field takes."""
    return int(value) if value.is_integer() and abs(value) < 1e21 else value
