"""Pool: worker processes that each do one task after the other, and may die doing it.

The standard library's pool gives up when one process dies; here that costs the one task. A task
has a time limit, after which its process is ended and another one takes its place.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

from agent.bench import worker
from agent.bench.worker import Job, Outcome, Task
from tools.errors import MagosError

START_SECONDS = 120.0
"""Time that a new process has for its imports, on a machine that is busy."""
MARGIN = 30.0
"""Seconds on top of an investigation's own budget: its cluster's start, and trying out the fix."""
GRACE = 3.0
"""Seconds that running tasks still have after the run was stopped."""
TICK = 0.2
"""How often the pool looks whether it should stop."""
LAST_WORDS = 200
"""Characters of a dead process's stderr in the result."""
END_SECONDS = 2.0


class BenchError(MagosError):
    """The benchmark itself does not work; no case is to blame."""


class Lost(NamedTuple):
    """A task whose process is gone."""

    task: Task
    """Which one."""
    why: str
    """What happened to the process."""
    seconds: float
    """How long it had worked on it."""


OnDone = Callable[[Outcome | Lost], None]


class _Worker:
    """One process and the task it works on."""

    def __init__(self, home: Path, job: Job) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.home = home
        self.process = context.Process(
            target=worker.main, args=(theirs, str(home), job), name=home.name, daemon=True
        )
        home.mkdir()
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        self.ready = False
        """It has said that it is prepared."""
        self.began = time.monotonic()
        self.deadline = self.began + START_SECONDS

    def give(self, task: Task, limit: float) -> None:
        """Begin a task."""
        self.task, self.began = task, time.monotonic()
        self.deadline = self.began + limit
        with suppress(OSError):  # it died meanwhile, which is noticed when the answer is read
            self.pipe.send(task)

    def lost(self, why: str) -> Lost | None:
        """Its task, when it had one."""
        if self.task is None:
            return None
        return Lost(self.task, why, time.monotonic() - self.began)

    def died(self) -> str:
        """How it ended, with its last words."""
        self.process.join(END_SECONDS)
        code = self.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"status {code}"
        try:
            said = (self.home / worker.STDERR).read_text(encoding="utf-8", errors="replace")
        except OSError:
            said = ""
        words = next((line for line in reversed(said.splitlines()) if line.strip()), "")
        return f"the worker process ended with {how}" + (f": {words[:LAST_WORDS]}" if words else "")

    def end(self) -> None:
        """End the process now."""
        self.process.terminate()
        self.process.join(END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()
        self.process.close()


class Pool:
    """See the module docstring."""

    def __init__(self, job: Job, workers: int) -> None:
        self._job = job
        self._limit = job.seconds + MARGIN
        self._number = workers
        self._workers: list[_Worker] = []
        self._started = 0

    def run(self, tasks: Sequence[Task], on_done: OnDone, cancel: threading.Event) -> None:
        """Do all tasks; `on_done` is called with each as it ends, in this thread.

        When `cancel` is set no further task is begun, and those that run have three seconds left.
        Raises BenchError when a process cannot even begin.
        """
        waiting = deque(tasks)
        with tempfile.TemporaryDirectory(prefix="magos-bench-") as folder:
            try:
                self._run(Path(folder), waiting, on_done, cancel)
            finally:
                for item in self._workers:
                    item.end()
                self._workers = []

    def _run(
        self, folder: Path, waiting: deque[Task], on_done: OnDone, cancel: threading.Event
    ) -> None:
        stopping = False
        while True:
            if cancel.is_set() and not stopping:
                stopping = True
                waiting.clear()
                until = time.monotonic() + GRACE
                for item in self._workers:
                    item.deadline = min(item.deadline, until)
            self._fill(folder, waiting)
            busy = [item for item in self._workers if item.task is not None or not item.ready]
            if not busy or (stopping and all(item.task is None for item in busy)):
                return
            said = wait([item.pipe for item in busy], TICK)
            for item in busy:
                if item.pipe in said:
                    self._receive(item, on_done)
                elif time.monotonic() > item.deadline:
                    lost = item.lost(f"no answer within {self._limit:g} s")
                    self._drop(item)
                    if lost is None:
                        raise BenchError(f"a worker process did not start in {START_SECONDS:g} s")
                    if not stopping:
                        on_done(lost)

    def _fill(self, folder: Path, waiting: deque[Task]) -> None:
        """Start the workers that are missing, and give every idle one a task."""
        idle = sum(item.task is None for item in self._workers)
        while len(self._workers) < self._number and idle < len(waiting):
            self._started += 1
            self._workers.append(_Worker(folder / f"worker-{self._started}", self._job))
            idle += 1
        for item in self._workers:
            if waiting and item.ready and item.task is None:
                item.give(waiting.popleft(), self._limit)

    def _receive(self, item: _Worker, on_done: OnDone) -> None:
        try:
            outcome: Outcome | None = item.pipe.recv()
        except (EOFError, OSError):
            why = item.died()
            lost = item.lost(why)
            self._drop(item)
            if lost is None:
                raise BenchError(f"no case could be begun: {why}") from None
            on_done(lost)
            return
        item.ready, item.task = True, None
        if outcome is not None:
            on_done(outcome)

    def _drop(self, item: _Worker) -> None:
        self._workers.remove(item)
        item.end()
