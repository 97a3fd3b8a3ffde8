"""The view of a pull: Ctrl-C ends it even when a library swallowed the first exception."""

from __future__ import annotations

import io
import os
import signal
from contextlib import suppress

import pytest

from agent.cli.download import Download


def test_a_swallowed_interrupt_ends_the_pull_at_the_next_bytes() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Download(io.StringIO(), "model", quiet=False, color=False) as view:
        view(1, 3)
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            view(2, 3)
    assert signal.getsignal(signal.SIGINT) == before
