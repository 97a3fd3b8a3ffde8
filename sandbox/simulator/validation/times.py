"""Times as metav1.Time and MicroTime read them, with Go's parse errors."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_LAYOUT = "2006-01-02T15:04:05Z07:00"
_CHUNKS = (
    ("2006", r"\d{4}"),
    ("-", "-"),
    ("01", r"\d\d"),
    ("-", "-"),
    ("02", r"\d\d"),
    ("T", "T"),
    ("15", r"\d\d"),
    (":", ":"),
    ("04", r"\d\d"),
    (":", ":"),
    ("05", r"\d\d(?:[.,]\d+)?"),
    ("Z07:00", r"Z|[+-]\d\d:\d\d"),
)
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_RANGES = (("month", 5, 1, 12), ("day", 8, 1, 31), ("hour", 11, 0, 23), ("minute", 14, 0, 59))


class TimeError(ValueError):
    """A text that is no RFC 3339 time; the message is Go's."""


def canonical(text: str, *, micro: bool = False) -> str:
    """The time in UTC as the server writes it back. Raises TimeError."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise TimeError(_complaint(text))
    stamp, fraction, zone = match.groups()
    try:
        when = datetime.fromisoformat(stamp + ("+00:00" if zone == "Z" else zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TimeError(f'parsing time "{text}": {_out_of_range(stamp)} out of range') from error
    # strftime's %Y does not pad years before 1000
    base = f"{when.year:04d}" + when.strftime("-%m-%dT%H:%M:%S")
    return f"{base}.{(fraction or '')[:6]:0<6}Z" if micro else f"{base}Z"


def _complaint(text: str) -> str:
    rest = text
    for layout, pattern in _CHUNKS:
        match = re.match(pattern, rest, re.ASCII)
        if match is None:
            return f'parsing time "{text}" as "{_LAYOUT}": cannot parse "{rest}" as "{layout}"'
        rest = rest[match.end() :]
    return f'parsing time "{text}": extra text: "{rest}"'


def _out_of_range(stamp: str) -> str:
    for name, start, least, most in _RANGES:
        if not least <= int(stamp[start : start + 2]) <= most:
            return name
    return "second" if int(stamp[17:19]) > 59 else "day"
