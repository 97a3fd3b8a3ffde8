"""Retry: when a server is asked again, and how soon."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from model.protocol import BackendError

ATTEMPTS = 3
"""Requests for one answer, where a server is busy or a connection breaks."""
PAUSE_S = 0.25
"""Seconds before the second attempt; twice as many before the third."""
T = TypeVar("T")


class Again(Exception):
    """One attempt failed, another one may not; `after` seconds when the server says so."""

    def __init__(self, text: str, after: float | None = None) -> None:
        super().__init__(text)
        self.after = after


def attempts(ask: Callable[[], T], ends_at: float, over: threading.Event) -> T:
    """What `ask` returns, at the latest the last time. Raises BackendError, also when `over` is set."""
    pause = PAUSE_S
    for number in range(1, ATTEMPTS + 1):
        try:
            return ask()
        except Again as problem:
            wait = pause if problem.after is None else max(problem.after, pause)
            if number == ATTEMPTS or time.monotonic() + wait >= ends_at:
                raise BackendError(str(problem)) from problem
            if over.wait(wait):
                raise BackendError("cancelled") from problem
            pause *= 2
    raise AssertionError("the last attempt returns or raises")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """`Retry-After`: a number of seconds, or a date (RFC 9110, 10.2.3). None for anything else."""
    value = headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 7 else None
    try:
        at = parsedate_to_datetime(value)
        at = at.replace(tzinfo=at.tzinfo or UTC)  # `-0000` is UTC that claims no zone
        return max((at - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None  # what the standard library's reader raises for what is no date
