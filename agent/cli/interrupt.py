"""Ctrl-C: the first asks the run to end with what it has, the second ends the process at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType
from typing import Any, Self

MESSAGE = b"\nstopping, the report comes; once more ends it at once\n"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""SIGTERM too: it is how CI systems and Kubernetes stop a job; SIGHUP when the terminal closes."""


class Interrupt:
    """While entered, `cancel` is set by the first signal; the second raises KeyboardInterrupt.

    `message` is written to stderr at the first signal.
    """

    def __init__(self, message: bytes = MESSAGE) -> None:
        self._message = message
        self.cancel = threading.Event()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python's rule for handlers
            self._before = {number: signal.signal(number, self._asked) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self.cancel.is_set():
            # Unwinding removes the generated kubeconfig; a third signal would not wait for that.
            signal.signal(number, signal.SIG_DFL)
            raise KeyboardInterrupt
        self.cancel.set()
        # The descriptor and not sys.stderr: the signal may have come in the middle of a write to it.
        with contextlib.suppress(OSError):
            os.write(2, self._message)
