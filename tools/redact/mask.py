"""Mask: what stands in a secret's place."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

MASKED = re.compile(r"<redacted(:[0-9a-f]{6}|:pem)?>")
"""A value that is a mask already."""
PEM_BODY = "<redacted:pem>"


class Mask:
    """Stable pseudonyms: the same secret gets the same mask from the same Mask.

    They let a reader see that two values are equal. The key is random unless given, so that a mask
    does not confirm a guess: 24 bits of a plain hash of a short password would.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key if key is not None else secrets.token_bytes(16)

    def __call__(self, secret: str) -> str:
        """`<redacted:1f9c2a>`."""
        digest = hmac.new(self._key, secret.encode("utf-8", "replace"), hashlib.sha256)
        return f"<redacted:{digest.hexdigest()[:6]}>"
