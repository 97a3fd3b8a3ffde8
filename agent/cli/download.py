"""Download: progress of a pull on stderr, a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import AbstractContextManager, suppress
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, Self

from agent.render.clean import line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_SECONDS = 10.0
"""Between two lines where there is no terminal."""


class Download(AbstractContextManager["Download"]):
    """Called with the bytes that are here and all bytes.

    While entered, Ctrl-C raises KeyboardInterrupt at once, and again at the next bytes: a library on the
    way may have swallowed the first.
    """

    def __init__(self, out: IO[str], name: str, *, quiet: bool, color: bool) -> None:
        self._out = out
        self._name = name
        self._quiet = quiet
        self._color = color
        self._live = not quiet and out.isatty()
        self._said = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._asked = False
        self._before: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Bytes came."""
        if self._asked:
            raise KeyboardInterrupt
        if self._live:
            self._show(done, total)
        elif not self._quiet and time.monotonic() - self._said >= LINE_SECONDS:
            self._said = time.monotonic()
            self._print(f"{self._name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    def say(self, text: str) -> None:
        """A notice; errors are shown by the caller."""
        if not self._quiet:
            self._print(f"note: {line(text)}")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if self._bar is not None:
            self._bar.stop()
        if kind is KeyboardInterrupt and not self._quiet:
            self._print("what came is kept; run it again to go on")

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python's rule for handlers
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        raise KeyboardInterrupt

    def _show(self, done: int, total: int) -> None:
        if self._bar is None or self._task is None:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                DownloadColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
                TransferSpeedColumn,
            )

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=Console(file=self._out, no_color=not self._color, highlight=False),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task(self._name, total=total, completed=done)
        self._bar.update(self._task, completed=done, total=total)

    def _print(self, text: str) -> None:
        with suppress(OSError):  # stderr is gone; the file matters more
            if self._bar is not None:
                self._bar.console.print(text, markup=False)
            else:
                self._out.write(text + "\n")
                self._out.flush()
