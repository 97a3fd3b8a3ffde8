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

LONGEST_VALUE = 1024
"""Bytes of a value that are looked at to judge it; what is masked runs to its real end."""
VALUE = re.compile(
    rb"(?:\\+\"[^\"\\]*(?:\\+[^\"\\][^\"\\]*)*|\"(?:[^\"\\]|\\.)*|'[^']*|[^\s\"'][^\s]*)"
)
NAMED_OBJECT = re.compile(rb"\s+\\*\"")
"""Behind `volume "credentials" : secret`, as the kubelet says it: ` "db-tls" not found`."""
OPENING = re.compile(r"\\*[\"']")


class _Form(NamedTuple):
    """One way to write a name before its value; group 1 is the name, the value follows."""

    regex: Any
    needs: str
    """What the line, in lower case, must contain for the form to be tried."""
    is_assignment: bool = False
    """Groups 2 and 3 are the key's closing quote and the sign."""


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
    pair = r"(?i:name)\\*\"?:\s*\\*\"?([\w.-]+)\\*\"?,?\s*\\*\"?(?i:value)\\*\"?:\s*"
    assignment = rf"{name}(\\*[\"']?){ANSI}\s*(:=|=>|=|:){ANSI}\s*{ANSI}"
    flag = rf"(?:^|[\s\"'\[(,=])(--?[A-Za-z0-9-]*(?i:{STEM})[A-Za-z0-9-]*)[\"']?,?\s+\\*[\"']?"
    return (
        _Form(re2.compile(pair.encode()), "name"),
        _Form(re2.compile(assignment.encode()), "", is_assignment=True),
        _Form(re2.compile(flag.encode()), "-"),
    )


@cache
def _value_first() -> Any:
    """One-line `{"value": "Y", "name": "X"}`."""
    return re2.compile(
        rb"((?i:value)\\*\":\s*\\*\")([^\"\\]+)(\\*\",\s*\\*\"(?i:name)\\*\":\s*\\*\")([\w.-]+)"
    )


def assignments(line: str, mask: Callable[[str], str]) -> str:
    """The line with the values of telling names masked."""
    lower = line.lower()
    if "value" in lower and "name" in lower:
        line = _reversed_pairs(line, mask)
    for form in _forms():
        if form.needs in lower:
            line = _each(form, line, mask)
    return line


def _reversed_pairs(line: str, mask: Callable[[str], str]) -> str:
    def replace(match: Any) -> bytes:
        before, value, between, name = match.groups()
        if names.hides(name.decode(), value.decode()):
            value = mask(value.decode()).encode()
        return bytes(before + value + between + name)

    return bytes(_value_first().sub(replace, line.encode())).decode()


def _each(form: _Form, line: str, mask: Callable[[str], str]) -> str:
    data = line.encode()
    done: list[bytes] = []
    position = 0
    while (match := form.regex.search(data, position)) is not None:
        at = match.end()
        span = None
        if names.rank(match.group(1).decode()) != "none":
            hit = _hit(form, match, data)
            span = _secret_span(form, hit) if hit is not None else None
        if span is None:  # look on inside the value, which may hold assignments of its own
            done.append(data[position:at])
            position = at
        else:
            done += [data[position : span[0]], mask(data[span[0] : span[1]].decode()).encode()]
            position = span[1]
    return (NOTHING.join(done) + data[position:]).decode() if done else line


def _hit(form: _Form, match: Any, data: bytes) -> _Hit | None:
    at = match.end()
    value = VALUE.match(data[at : at + LONGEST_VALUE])
    if value is None or (not form.is_assignment and value[0].startswith(b"-")):
        return None
    return _Hit(
        key=match.group(1).decode(),
        value=value[0].decode("utf-8", "ignore"),
        quoted_key=form.is_assignment and bool(match.group(2)),
        sign=match.group(3).decode() if form.is_assignment else "",
        data=data,
        key_at=match.start(1),
        value_at=at,
    )


def _secret_span(form: _Form, hit: _Hit) -> tuple[int, int] | None:
    """First byte of the secret and the one behind its last; None when there is none."""
    found = _within(form, hit)
    if found is None:
        return None
    start = hit.value_at + len(hit.value[: found[0]].encode())
    whole_line = found[1] is None
    end = len(hit.data.rstrip())
    if not whole_line:
        end = hit.value_at + len(hit.value[: found[1]].encode())
    secret = hit.data[start:end][:LONGEST_VALUE].decode("utf-8", "ignore")
    if not secret or not names.hides(hit.key, secret):
        return None
    if not whole_line and end - hit.value_at >= LONGEST_VALUE - 4:  # it goes on past the window
        stop = re.compile(rb"[\"'\s]" if found[0] else rb"\s").search(hit.data, end)
        end = stop.start() if stop else len(hit.data)
    return start, end


def _within(form: _Form, hit: _Hit) -> tuple[int, int | None] | None:
    """Which characters of the value are the secret; None when this is prose."""
    opening = OPENING.match(hit.value)
    start = opening.end() if opening else 0
    if not form.is_assignment:
        return start, len(hit.value if opening else hit.value.rstrip(",;)]}'\""))
    end = len(hit.value) if opening else _bare_end(hit)
    first = hit.value[:end]
    if hit.quoted_key and hit.sign == ":" and not opening and first.isalpha():
        behind = hit.data[hit.value_at + len(hit.value.encode()) :]
        if NAMED_OBJECT.match(behind):
            return None
    if hit.sign != ":" or hit.quoted_key or opening:
        return start, end
    if first.lower().strip(",.;:!") in STATUS_WORDS or names.is_plain(first):
        return None
    if hit.key_at < 200 and re.fullmatch(rb"\s*(?:-\s+)?", hit.data[: hit.key_at]):
        after = hit.data[hit.value_at + len(hit.value.encode()) :]
        return 0, None if after.strip() else end  # a whole line of configuration
    if names.is_password(hit.key) or any(c.isdigit() for c in first):
        return 0, end
    return (0, end) if names.looks_random(first) else None


def _bare_end(hit: _Hit) -> int:
    """Where a value without quotes ends: its query part, list item or closing bracket."""
    value, end = hit.value, len(hit.value)
    stops = [r"[,;](?=\s*[\w.-]+\s*[=:])"] if "," in value or ";" in value else []
    if hit.quoted_key:
        stops.append(r"[,}\]]")
    in_query = hit.data[max(0, hit.key_at - 1) : hit.key_at] in (b"?", b"&")
    if in_query or ("&" in value and re.search(r"&[\w.-]+=", value)):
        stops.append(r"[&#]")
    for stop in stops:
        found = re.search(stop, value)
        if found:
            end = min(end, found.start())
    closing = "".join(end for begin, end in ("()", "{}", "[]", "<>") if begin not in value)
    return len(value[:end].rstrip(",;:.'\"\\" + closing))
