"""Virtual time on the wire.

Objects carry virtual times; a client computes ages against its own clock. So every time that leaves
the server is moved by `real now - virtual now`, here and nowhere else. The shift is whole seconds,
rounded down: ages come out as in the virtual cluster and no time lies in the client's future. When
the virtual clock stands still the ages do, too; when it runs with the real one, the times do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.simulator.durations import parse

Object = dict[str, Any]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

# A field is a time when its name ends so; `time` is managedFields' own.
_SUFFIXES = ("Timestamp", "Time", "At")
_NAMES = frozenset({"time"})

# Below these, strings are the user's: a ConfigMap may hold a date that must stay.
_OPAQUE = frozenset({"data", "binaryData", "stringData", "labels", "fieldsV1", "env", "args"})

# Written by controllers. `kubectl.kubernetes.io/restartedAt` is not among them: it is the client's
# own, and part of a template, which must come back as it was sent or a rollout would begin.
_ANNOTATIONS = frozenset(
    {
        "endpoints.kubernetes.io/last-change-trigger-time",
        "batch.kubernetes.io/cronjob-scheduled-timestamp",
    }
)

NO_TIME_BEFORE = 1971
"""Kubernetes writes 1970-01-01T00:00:00Z for "never" (a container that could not be started)."""

JITTER = timedelta(milliseconds=50)
"""A running virtual clock is read microseconds apart from the real one; without some play the
rounding would flip between two seconds and every object would seem to change."""


class TimeShift:
    """The shift between virtual and real time, and objects moved by it."""

    def __init__(
        self,
        virtual_now: Callable[[], datetime],
        *,
        enabled: bool = True,
        real_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._virtual_now = virtual_now
        self._real_now = real_now
        self._enabled = enabled
        self._seconds: int | None = None
        self._moved: dict[int, tuple[Object, Object]] = {}

    def seconds(self) -> int:
        """The shift now; 0 when rendering is off."""
        if not self._enabled:
            return 0
        exact = self._real_now() - self._virtual_now()
        last = self._seconds
        if last is not None and -JITTER <= exact - timedelta(seconds=last) < timedelta(seconds=1):
            return last
        seconds = exact // timedelta(seconds=1)
        if seconds != last:
            self._seconds = seconds
            self._moved.clear()
        return seconds

    def take(self, obj: Object) -> Object:
        """A client's object with its times moved back to virtual ones: the inverse of `render`."""
        seconds = self.seconds()
        moved: Object = _move(obj, timedelta(seconds=-seconds)) if seconds else obj
        return moved

    def now(self) -> datetime:
        """The moment that ages in Tables are counted to: the virtual now, moved."""
        return self._virtual_now() + timedelta(seconds=self.seconds())

    def render(self, obj: Object) -> Object:
        """The object with its times moved. Cached by identity: stored objects never change."""
        seconds = self.seconds()
        if not seconds:
            return obj
        known = self._moved.get(id(obj))
        if known is not None and known[0] is obj:
            return known[1]
        moved: Object = _move(obj, timedelta(seconds=seconds))
        if len(self._moved) > 5000:
            self._moved.clear()
        self._moved[id(obj)] = (obj, moved)
        return moved


def _move(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {field: _move_field(field, item, by) for field, item in value.items()}
    if isinstance(value, list):
        return [_move(item, by) for item in value]
    return value


def _move_field(field: str, value: Any, by: timedelta) -> Any:
    if isinstance(value, str):
        is_time = field.endswith(_SUFFIXES) or field in _NAMES
        return moved_text(value, by) if is_time else value
    if field in _OPAQUE:
        return value
    if field == "annotations" and isinstance(value, dict):
        return {
            name: moved_text(text, by) if name in _ANNOTATIONS else text
            for name, text in value.items()
        }
    return _move(value, by)


def moved_text(text: Any, by: timedelta) -> Any:
    """One RFC 3339 time moved, its fraction kept; anything else as it is."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return text
    at = parse(text)
    if at is None or at.year < NO_TIME_BEFORE:
        return text
    fraction = text[19:-1]
    return (at + by).strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
