"""How virtual time passes while an API server is up: by hand, when somebody waits for it, or by the clock.

Everything happens on the server's event loop. The engine advances in slices of a few milliseconds, each
a whole number of controller calls, between requests: a request sees a state that the cluster really was
in, and waits for one slice at most. A slice starts only while no ordinary request is under way, except
when clients leave no gap for long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sandbox.simulator.clock import seconds
from sandbox.simulator.engine import Engine
from sandbox.simulator.settle import refresh

Mode = Literal["manual", "auto", "scaled"]


@dataclass(frozen=True)
class Pace:
    """A mode and its numbers."""

    mode: Mode = "manual"
    """manual: time stands still but for `/sim/advance`; auto: it passes after writes and while somebody
    watches; scaled: it passes `rate` times as fast as outside."""
    rate: float = 1.0
    """scaled: virtual seconds per real second."""
    after_write: float = 90.0
    """auto: virtual seconds that every write is followed by, as fast as they can be computed. Enough
    for a graceful end (30 s), a pull, a start and a slow readiness probe; not for deadlines."""
    watched: float = 100.0
    """auto: virtual seconds per real second while a watch is open, so that the default progress deadline
    (600 s) is reached in six."""
    patience: float = 1800.0
    """auto: virtual seconds for which one watch hurries time along; after that it passes as outside, or
    a dashboard left open overnight would see weeks."""


MANUAL = Pace("manual")
AUTO = Pace("auto")

REFRESH = 120.0
"""Virtual seconds after which nodes have spoken again and old events are gone."""
SLICE = 0.006
"""Real seconds that a slice may compute; a single controller call may exceed it by its own length."""
TICK = 0.01
"""Real seconds between two slices when time is bound to the clock outside."""
SLOW_TICK = 0.1
"""The same when it passes hardly faster than outside."""
LAG = 0.25
"""Real seconds of a busy loop that are made up for at most."""
STARVED = 0.05
"""Real seconds after which a slice is made although requests never stop."""


def scaled(rate: float) -> Pace:
    """Time that passes `rate` times as fast as outside."""
    return Pace("scaled", rate=rate)


class Pacer:
    """Moves an engine's time on an event loop, as its pace says."""

    def __init__(self, engine: Engine, pace: Pace = MANUAL) -> None:
        self.engine = engine
        self._pace = pace
        self._target = engine.now
        """Up to here time may pass at once: what writes have bought."""
        self._watches: dict[object, datetime] = {}
        """Open watches, with the virtual time at which each stops to hurry."""
        self._requests = 0
        self._wake = asyncio.Event()
        self._refresh_at = engine.now + seconds(REFRESH)
        self._last = time.monotonic()
        """When time bound to the clock outside was last moved."""
        self._sliced = self._last
        self._owed = 0.0
        """Virtual seconds due from the clock outside, not yet passed."""

    @property
    def pace(self) -> Pace:
        """The pace now."""
        return self._pace

    def change(self, pace: Pace) -> None:
        """Another pace from now on."""
        self._pace = pace
        self.settle()

    def settle(self) -> None:
        """Forget what is due: the clock was moved, or put back, by hand."""
        self._target, self._owed = self.engine.now, 0.0
        self._refresh_at = self.engine.now + seconds(REFRESH)
        self._last = time.monotonic()
        patience = seconds(self._pace.patience)
        self._watches = dict.fromkeys(self._watches, self.engine.now + patience)
        self._wake.set()

    @contextmanager
    def request(self) -> Iterator[None]:
        """An ordinary request is under way; a write in it buys time."""
        self._requests += 1
        version = self.engine.store.version
        try:
            yield
        finally:
            self._requests -= 1
            if self.engine.store.version > version:
                self._target = max(self._target, self.engine.now + seconds(self._pace.after_write))
            self._wake.set()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """A watch is open."""
        key = object()
        if not self._watches:
            self._last, self._owed = time.monotonic(), 0.0
        self._watches[key] = self.engine.now + seconds(self._pace.patience)
        self._wake.set()
        try:
            yield
        finally:
            del self._watches[key]
            if not self._watches:
                self._owed = 0.0

    async def run(self, stopping: asyncio.Event) -> None:
        """Let time pass until the server stops."""
        ending = asyncio.ensure_future(_happened(stopping))
        try:
            while not stopping.is_set():
                await self._until_due(ending)
                if stopping.is_set():
                    return
                self._clock_in()
                self._slice()
                # everything that is ready goes first: answers, and news for watches
                await asyncio.sleep(0)
        finally:
            ending.cancel()

    def _speed(self) -> float:
        """Virtual seconds per real second, beside what writes have bought."""
        if self._pace.mode == "scaled":
            return self._pace.rate
        if self._pace.mode == "manual" or not self._watches:
            return 0.0
        hurried = any(until > self.engine.now for until in self._watches.values())
        return self._pace.watched if hurried else 1.0

    def _due(self) -> float:
        """Virtual seconds that may pass now."""
        bought = 0.0
        if self._pace.mode == "auto":
            bought = (self._target - self.engine.now).total_seconds()
        return max(bought, self._owed, 0.0)

    def _clock_in(self) -> None:
        """Count what the clock outside brings."""
        now = time.monotonic()
        self._owed += min(now - self._last, LAG) * self._speed()
        self._last = now

    async def _until_due(self, ending: asyncio.Task[None]) -> None:
        """Wait until a slice is due and there is a gap for it."""
        while not ending.done():
            busy = self._requests and time.monotonic() - self._sliced < STARVED
            if self._due() >= 0.001 and not busy:
                return
            self._wake.clear()
            speed = self._speed()
            wait = SLOW_TICK if 0 < speed <= 2 else TICK if speed else None
            if self._due() >= 0.001:
                wait = TICK
            waking = asyncio.ensure_future(_happened(self._wake))
            await asyncio.wait({waking, ending}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            waking.cancel()
            if speed:
                self._clock_in()

    def _slice(self) -> None:
        """Advance for a few milliseconds at most."""
        due = self._due()
        if due < 0.001:
            return
        before = self.engine.now
        until, end = before + seconds(due), time.monotonic() + SLICE
        while not self.engine.step(until):
            if time.monotonic() >= end:
                break
        passed = (self.engine.now - before).total_seconds()
        self._owed = max(self._owed - passed, 0.0)
        if self.engine.now >= self._refresh_at:
            self._refresh_at = self.engine.now + seconds(REFRESH)
            refresh(self.engine)
        self._sliced = time.monotonic()


async def _happened(event: asyncio.Event) -> None:
    await event.wait()
