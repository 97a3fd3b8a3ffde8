"""Progress: one line on stderr that says what is being measured."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TextIO

WIDTH = 78


class Progress:
    """Rewrites its line on a terminal; elsewhere it prints one line per section."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._section = ""
        self._began = time.monotonic()

    def enter(self, section: str) -> None:
        """Another section begins."""
        self._section = section
        if not self._live:
            self._stream.write(f"{self._elapsed()} {section}\n")
            self._stream.flush()

    def tick(self, word: str) -> None:
        """How far the section is."""
        if self._live:
            line = f"{self._elapsed()} {self._section}: {word}"[:WIDTH]
            self._stream.write(f"\r{line:<{WIDTH}}")
            self._stream.flush()

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._began:4.0f} s"

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._stream.write("\r" + " " * WIDTH + "\r")
            self._stream.flush()
