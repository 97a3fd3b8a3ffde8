"""The bytes that a base64 field holds."""

from __future__ import annotations

import base64
import binascii
from typing import Any


def decoded(value: Any) -> bytes:
    """The bytes; none for what is no base64, which decoding has complained of already."""
    if not isinstance(value, str):
        return b""
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError):
        return b""
