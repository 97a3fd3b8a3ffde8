"""`key=value`, `"key": "value"`, `--key value`: values that the name beside them gives away.

Works on bytes and by group numbers: the RE2 wrapper copies a str and builds a dictionary of group
names on every call, which made one long line quadratic.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import re2

from tools.redact import names
from tools.redact.patterns import STEM

ANSI = r"(?:\x1b\[[0-9;]*m)*"
NOTHING = b""
STATUS_WORDS = names.word_set(
    """
    is was are were be been not no invalid incorrect wrong missing required expired expires
    expiring failed failure fails error denied unauthorized forbidden rejected mismatch must
    should cannot can't could couldn't unable for from in of on the a an has have had does
    doesn't did didn't changed updated reset rotated rotating refresh refreshed refreshing
    renewed authentication authorization unknown unsupported malformed accepted ok okay
    valid verified provided set disabled enabled undefined and or with to only type name
    secrets server using use used found configured needed expected got given too loaded
    loading reading parse parsing unexpected crypto x509 http illegal bad insufficient
    insufficient_scope signature certificate user connection timeout timed lookup dial
    context cache volume pods pod field key keys please see check default optional read
    write succeeded successful success
    """
)
"""First words of prose behind a colon: `invalid token: signature is invalid`."""


class _Form(NamedTuple):
    """One way to write a name and its value, and the numbers of its groups."""

    regex: Any
    key: int
    value: int
    needs: str
    """What the line, in lower case, must contain for the form to be tried."""
    is_assignment: bool = False
    """Groups 3 and 4 are the key's closing quote and the sign."""


class _Hit(NamedTuple):
    """A name with its value, found in a line."""

    key: str
    value: str
    quoted_key: bool
    sign: str
    data: bytes
    key_at: int
    value_at: int


@cache
def _forms() -> tuple[_Form, ...]:
    name = rf"([A-Za-z0-9_.-]*(?i:{STEM})[A-Za-z0-9_.-]*)"
    quoted = r"\\+\"[^\"\\]*(?:\\+[^\"\\][^\"\\]*)*|\"(?:[^\"\\]|\\.)*"
    pair = (
        r"(?i:name)\\*\"?:\s*\\*\"?([\w.-]+)\\*\"?,?\s*\\*\"?(?i:value)\\*\"?:\s*"
        r"(\\+\"[^\"\\]*|\"(?:[^\"\\]|\\.)*|[^\s\"'\\][^\s,}]*)"
    )
    reversed_pair = (
        r"(?i:value)\\*\"?:\s*(\\+\"[^\"\\]*|\"(?:[^\"\\]|\\.)*)\\*\",\s*"
        r"\\*\"(?i:name)\\*\":\s*\\*\"([\w.-]+)"
    )
    assignment = (
        rf"{name}((\\*[\"']?){ANSI}\s*(:=|=>|=|:){ANSI}\s*{ANSI})"
        rf"({quoted}|'[^']*|[^\s\"'][^\s]*)"
    )
    flag = (
        rf"(--?[A-Za-z0-9-]*(?i:{STEM})[A-Za-z0-9-]*)"
        r"([\"']?,?\s+\\*[\"']?)([^\s\"'\\-][^\s\"'\\]*)"
    )
    return (
        _Form(re2.compile(pair.encode()), 1, 2, "name"),
        _Form(re2.compile(reversed_pair.encode()), 2, 1, "value"),
        _Form(re2.compile(assignment.encode()), 1, 5, "", is_assignment=True),
        _Form(re2.compile(flag.encode()), 1, 3, "-"),
    )


def assignments(line: str, mask: Callable[[str], str]) -> str:
    """The line with the values of telling names masked."""
    lower = line.lower()
    for form in _forms():
        if form.needs in lower:
            line = _each(form, line, mask)
    return line


def _each(form: _Form, line: str, mask: Callable[[str], str]) -> str:
    data = line.encode()
    done: list[bytes] = []
    position = 0
    while (match := form.regex.search(data, position)) is not None:
        at = match.start(form.value)
        secret, start = "", at
        if names.rank(match.group(form.key).decode()) != "none":
            hit = _hit(form, match, data)
            span = _span(form, hit)
            if span is not None:
                whole = hit.value if span[1] <= len(hit.value) else data[at:].decode("utf-8")
                start = at + len(whole[: span[0]].encode())
                secret = whole[span[0] : span[1]]
                secret = secret if names.hides(hit.key, secret) else ""
        if secret:
            done += [data[position:start], mask(secret).encode()]
            position = start + len(secret.encode())
        else:  # look again inside the value, which may hold assignments of its own
            done.append(data[position:at])
            position = at
    return (NOTHING.join(done) + data[position:]).decode() if done else line


def _hit(form: _Form, match: Any, data: bytes) -> _Hit:
    return _Hit(
        key=match.group(form.key).decode(),
        value=match.group(form.value).decode(),
        quoted_key=form.is_assignment and bool(match.group(3)),
        sign=match.group(4).decode() if form.is_assignment else "",
        data=data,
        key_at=match.start(form.key),
        value_at=match.start(form.value),
    )


def _span(form: _Form, hit: _Hit) -> tuple[int, int] | None:
    """First and last-but-one character of the secret in the value; None when this is prose.

    An end beyond the value means the rest of the line.
    """
    opening = re.match(r"\\*[\"']", hit.value)
    start = opening.end() if opening else 0
    if not form.is_assignment:
        return start, len(hit.value if opening else hit.value.rstrip(",;)]"))
    end = len(hit.value) if opening else _bare_end(hit)
    if hit.sign != ":" or hit.quoted_key or opening:
        return start, end
    first = hit.value[:end]
    if first.lower().strip(",.;:!") in STATUS_WORDS or names.is_plain(first):
        return None
    if hit.key_at < 200 and re.fullmatch(rb"\s*(?:-\s+)?", hit.data[: hit.key_at]):
        rest = hit.data[hit.value_at :].decode().rstrip()  # a whole line of configuration
        return 0, len(rest) if len(rest) > len(hit.value) else end
    if names.is_password(hit.key) or any(c.isdigit() for c in first):
        return 0, end
    return (0, end) if names.looks_random(first) else None


def _bare_end(hit: _Hit) -> int:
    """Where a value without quotes ends: its query part, list item or closing bracket."""
    value, end = hit.value, len(hit.value)
    stops = [r"[,;](?=\s*[\w.-]+\s*[=:])"]
    if hit.quoted_key:
        stops.append(r"[,}\]]")
    if hit.data[max(0, hit.key_at - 1) : hit.key_at] in (b"?", b"&") or re.search(
        r"&[\w.-]+=", value
    ):
        stops.append(r"[&#]")
    for stop in stops:
        found = re.search(stop, value)
        if found:
            end = min(end, found.start())
    return len(value[:end].rstrip(",;:.)}]>'\"\\"))
