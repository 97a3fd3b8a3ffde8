"""`key=value`, `"key": "value"`, `--key value`: values that the name beside them gives away."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import re2

from tools.redact import names
from tools.redact.patterns import STEM

ANSI = r"(?:\x1b\[[0-9;]*m)*"
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


@cache
def _assignment() -> Any:
    return re2.compile(
        rf"(?P<key>[A-Za-z0-9_.-]*(?i:{STEM})[A-Za-z0-9_.-]*)"
        rf"(?P<sep>(?P<quote>\\*[\"']?){ANSI}\s*(?P<sign>:=|=>|=|:){ANSI}\s*{ANSI})"
        r"(?P<value>\\+\"[^\"\\]*(?:\\+[^\"\\][^\"\\]*)*|\"(?:[^\"\\]|\\.)*|'[^']*|[^\s\"'][^\s]*)"
    )


@cache
def _flag() -> Any:
    return re2.compile(
        rf"(?P<key>--?[A-Za-z0-9-]*(?i:{STEM})[A-Za-z0-9-]*)"
        r"(?P<sep>[\"']?,?\s+\\*[\"']?)(?P<value>[^\s\"'\\-][^\s\"'\\]*)"
    )


@cache
def _pair() -> Any:
    """One-line `{"name": "X", "value": "Y"}` and Go's `{Name:X Value:Y}`."""
    return re2.compile(
        r"(?i:name)\\*\"?:\s*\\*\"?(?P<key>[\w.-]+)\\*\"?,?\s*\\*\"?(?i:value)\\*\"?:\s*"
        r"(?P<value>\\+\"[^\"\\]*|\"(?:[^\"\\]|\\.)*|[^\s\"'\\][^\s}]*)"
    )


@cache
def _pair_reversed() -> Any:
    return re2.compile(
        r"(?i:value)\\*\"?:\s*(?P<value>\\+\"[^\"\\]*|\"(?:[^\"\\]|\\.)*)\\*\",\s*"
        r"\\*\"(?i:name)\\*\":\s*\\*\"(?P<key>[\w.-]+)"
    )


def assignments(line: str, mask: Callable[[str], str]) -> str:
    """The line with the values of telling names masked."""
    for regex in (_pair(), _pair_reversed()):
        line = _each(regex, line, mask, lambda match: _unquoted(match["value"]))
    line = _each(_assignment(), line, mask, lambda match: _assigned(match, line))
    return _each(_flag(), line, mask, _flag_value)


Secret = tuple[int, int]
"""First character of a secret and the one behind its last, counted from the value's first."""


def _start(match: Any, group: str) -> int:
    return int(match.start(match.re.groupindex[group]))


def _each(
    regex: Any, line: str, mask: Callable[[str], str], find: Callable[[Any], Secret | None]
) -> str:
    done: list[str] = []
    position = 0
    while (match := regex.search(line, position)) is not None:
        start = _start(match, "value")
        found = find(match)
        secret = line[start + found[0] : start + found[1]] if found else ""
        if found and names.hides(match["key"], secret):
            done += [line[position : start + found[0]], mask(secret)]
            position = start + found[1]
        else:  # look again inside the value, which may hold assignments of its own
            done.append(line[position:start])
            position = start
    return "".join(done) + line[position:] if done else line


def _unquoted(value: str) -> Secret:
    """The part of a value behind its opening quote."""
    opening = re.match(r"\\*[\"']", value)
    start = opening.end() if opening else 0
    return start, len(value)


def _flag_value(match: Any) -> Secret | None:
    return 0, len(match["value"].rstrip(",;)]"))


def _assigned(match: Any, line: str) -> Secret | None:
    """Which part of the matched value is the secret, None when this is prose."""
    value, sign, quoted_key = match["value"], match["sign"], bool(match["quote"])
    start, end = _unquoted(value)
    if start == 0:
        end = _bare_end(value, quoted_key, line[max(0, _start(match, "key") - 1)])
    if sign != ":" or quoted_key or start:
        return start, end
    before, rest = line[: _start(match, "key")], line[_start(match, "value") :].rstrip()
    first = value[:end]
    if first.lower().strip(",.;:!") in STATUS_WORDS or names.is_plain(first):
        return None
    if re.fullmatch(r"\s*(?:-\s+)?", before):  # a whole line of configuration
        return 0, len(rest) if len(rest) > len(value) else end
    if names.is_password(match["key"]) or any(c.isdigit() for c in first):
        return 0, end
    return (0, end) if names.looks_random(first) else None


def _bare_end(value: str, quoted_key: bool, before: str) -> int:
    """Where a value without quotes ends: its query part, list item or closing bracket."""
    end = len(value)
    stops = [r"[,;](?=\s*[\w.-]+\s*[=:])"]
    if quoted_key:
        stops.append(r"[,}\]]")
    if before in "?&" or re.search(r"&[\w.-]+=", value):
        stops.append(r"[&#]")
    for stop in stops:
        found = re.search(stop, value)
        if found:
            end = min(end, found.start())
    return len(value[:end].rstrip(",;:.)}]>'\"\\"))
