"""The virtual clock and the agenda of what is due when: a discrete-event simulation's heart.

Time moves only when the agenda says so, which makes hours cost nothing and every run the same.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple


class Task(NamedTuple):
    """A controller to call for one object."""

    controller: str
    namespace: str
    name: str


class Clock:
    """Virtual time. Never goes back but to a snapshot, and never runs by itself."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The virtual present, UTC."""
        return self._now

    def advance_to(self, when: datetime) -> None:
        """Move forward; an earlier time leaves the clock where it is."""
        self._now = max(self._now, when)

    def rewind_to(self, when: datetime) -> None:
        """Go back to a snapshot's time: the one way back there is."""
        self._now = when


@dataclass
class Agenda:
    """What is due when. The same task twice is one entry, at the earlier time."""

    _heap: list[tuple[datetime, int, Task]] = field(default_factory=list)
    _due: dict[Task, datetime] = field(default_factory=dict)
    _serial: int = 0

    def add(self, when: datetime, task: Task) -> None:
        """Have the task called at `when`, unless it will be called before that anyway."""
        due = self._due.get(task)
        if due is not None and due <= when:
            return
        self._due[task] = when
        self._serial += 1
        heapq.heappush(self._heap, (when, self._serial, task))

    def pop(self, until: datetime) -> tuple[datetime, Task] | None:
        """The next task due at or before `until`, removed; None when there is none."""
        while self._heap and self._heap[0][0] <= until:
            when, _, task = heapq.heappop(self._heap)
            if self._due.get(task) == when:
                del self._due[task]
                return when, task
        return None

    def copy(self) -> Agenda:
        """An independent agenda with the same entries."""
        return Agenda(list(self._heap), dict(self._due), self._serial)


FOREVER = 100 * 365 * 86_400.0
"""Seconds: the longest duration. Fields such as tolerationSeconds are int64, calendars end in 9999."""


def seconds(amount: float) -> timedelta:
    """A duration, kept to whole milliseconds so that sums stay exact, and to FOREVER either way."""
    return timedelta(milliseconds=round(min(max(amount, -FOREVER), FOREVER) * 1000))
