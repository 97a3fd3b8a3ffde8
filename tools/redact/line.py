"""One line of text: every rule that needs no other line (layers B and C)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import quote

import re2

from tools.redact import names, patterns
from tools.redact.assign import assignments
from tools.redact.mask import Mask

SHORTEST_KNOWN = 5
"""Known credentials shorter than this are not searched for: they would hit ordinary words."""
PEM_INLINE = re.compile(r"(-----BEGIN [A-Za-z0-9 ]+-----)(.+?)(-----END [A-Za-z0-9 ]+-----|$)")
PRINTABLE = re.compile(rb"[\t\r\n\x20-\x7e]+")


class LineRedactor:
    """Redacts single lines. `known` are the exact credentials of this run."""

    def __init__(self, known: Iterable[str], mask: Mask) -> None:
        self.mask = mask
        self._known: set[str] = set()
        self._known_regex: re.Pattern[str] | None = None
        self.learn(known)

    def learn(self, known: Iterable[str]) -> None:
        """Add exact strings to hide, in their base64, URL and JSON spellings too."""
        for secret in known:
            if len(secret) >= SHORTEST_KNOWN:
                self._known |= _spellings(secret)
        if self._known:
            longest_first = sorted(self._known, key=len, reverse=True)
            self._known_regex = re.compile("|".join(map(re.escape, longest_first)))

    def knows(self, text: str) -> bool:
        """Whether a known credential is anywhere in the text."""
        return self._known_regex is not None and self._known_regex.search(text) is not None

    def line(self, text: str, *, decode: bool = True) -> str:
        """The line without its secrets; `decode` also looks inside base64, once."""
        if self._known_regex is not None:
            text = self._known_regex.sub(lambda match: self.mask(match[0]), text)
        if "-----BEGIN " in text:
            text = PEM_INLINE.sub(self._pem, text)
        lower = text.lower()
        for rule in patterns.rules():
            if any(need in lower for need in rule.needs):
                text = _substitute(rule, text, self.mask)
        text = patterns.shapes().sub(self._shape, text)
        text = assignments(text, self.mask)
        return _base64_text().sub(self._encoded, text) if decode else text

    def _pem(self, match: re.Match[str]) -> str:
        body = match[2] if names.is_plain(match[2]) else self.mask(match[2])
        return f"{match[1]}{body}{match[3]}"

    def _shape(self, match: Any) -> str:
        before, secret = match.group(1), match.group(2)
        if _is_event_name(secret) or names.is_plain(secret):
            return f"{before}{secret}"
        return f"{before}{self.mask(secret)}"

    def _encoded(self, match: Any) -> str:
        """A base64 token is masked when what it decodes to would be."""
        before, token = match.group(1), match.group(2)
        decoded = _decoded(token)
        if decoded is None:
            return f"{before}{token}"
        lines = decoded.splitlines()
        secret = "-----BEGIN " in decoded or any(
            self.line(line, decode=False) != line for line in lines
        )
        return f"{before}{self.mask(token) if secret else token}"


@cache
def _base64_text() -> Any:
    return re2.compile(f"((?:^|[^A-Za-z0-9+/_-]))({patterns.BASE64_TEXT})")


def _substitute(rule: patterns.Rule, text: str, mask: Mask) -> str:
    def replace(match: Any) -> str:
        groups = match.groups()
        secret = groups[1]
        end = groups[2] if len(groups) > 2 else ""
        port = rule.check == "url-password" and re.match(r"\d{1,5}(?:/|$)", secret)
        ordinary = rule.check in ("random", "login") and not (
            names.looks_random(secret) or (rule.check == "login" and names.holds_login(secret))
        )
        if port or ordinary or names.is_plain(secret):
            return str(match.group(0))
        return f"{groups[0]}{mask(secret)}{end}"

    return str(rule.regex.sub(replace, text))


def _is_event_name(token: str) -> bool:
    """`search.18ea8af9bd50d621`: six letters, a dot and a time in hex, not a bootstrap token."""
    return re.fullmatch(r"[a-z0-9]{6}\.[0-9a-f]{16}", token) is not None


def _decoded(token: str) -> str | None:
    """What a base64 token says, when that is plain ASCII text."""
    text = token.rstrip("=").replace("-", "+").replace("_", "/")
    if len(text) % 4 == 1:
        text = text[:-1]
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return data.decode("ascii") if PRINTABLE.fullmatch(data) else None


def _spellings(secret: str) -> set[str]:
    raw = secret.encode()
    plain = base64.b64encode(raw).decode().rstrip("=")
    url_safe = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return {secret, plain, url_safe, quote(secret, safe=""), json.dumps(secret)[1:-1]}
