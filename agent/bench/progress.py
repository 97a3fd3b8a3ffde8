"""Progress of a benchmark on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Self

from agent.bench.contestant import AGENT
from agent.bench.worker import Outcome
from agent.render.clean import line, seconds, shorten

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_SECONDS = 10.0
"""Between two lines where there is no terminal."""
WIDTH = 160


class Board(AbstractContextManager["Board"]):
    """What the command line shows while cases are answered."""

    def __init__(
        self, out: IO[str], total: int, *, color: bool, quiet: bool = False, verbose: bool = False
    ) -> None:
        """`verbose` gives every case of the agent a line of its own."""
        self._out = out
        self._total = total
        self._quiet = quiet
        self._verbose = verbose
        self._live = not quiet and out.isatty()
        self._color = color
        self._began = self._said = time.monotonic()
        self._done = self._seen = self._right = 0
        self._told = 0
        """How many were done when the last line was written; 0 before the first."""
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, outcome: Outcome) -> None:
        """A case is done."""
        self._done += 1
        if outcome.task.contestant == AGENT:
            self._seen += 1
            self._right += outcome.result.correct
            if self._verbose:
                self._print(told(outcome))
        if self._bar is not None and self._task is not None:
            what = outcome.task.contestant
            self._bar.update(self._task, completed=self._done, what=what, right=self._so_far())
        elif not self._quiet and time.monotonic() - self._said >= LINE_SECONDS:
            self._said = time.monotonic()
            self._print(f"{self._done}/{self._total} done, {self._so_far()}, {self._left()} left")
            self._told = self._done

    def __enter__(self) -> Self:
        if self._live:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
            from rich.progress import TimeRemainingColumn as Remaining

            console = Console(file=self._out, no_color=not self._color, highlight=False)
            self._bar = Progress(
                TextColumn("{task.fields[what]}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[right]}"),
                Remaining(elapsed_when_finished=True),
                console=console,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=self._total, what=AGENT, right="starting")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif 0 < self._told < self._done:  # the last line seen must not say less than is true
            self._print(f"{self._done}/{self._total} done, {self._so_far()}")

    def _so_far(self) -> str:
        return f"{self._right}/{self._seen} right"

    def _left(self) -> str:
        took = time.monotonic() - self._began
        return seconds(int(1000 * took / self._done * (self._total - self._done)))

    def _print(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(text, markup=False)
        else:
            self._out.write(text + "\n")
            self._out.flush()


def told(outcome: Outcome) -> str:
    """One line on a case."""
    result = outcome.result
    mark = "ok  " if result.correct else "MISS"
    said = f"{mark} {outcome.task.case}  {result.got}"
    if not result.correct:
        said += f"  (expected {result.expected})"
    return shorten(line(f"{said}  {result.moves} moves, {result.seconds:.1f} s"), WIDTH)
