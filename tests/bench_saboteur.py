"""An observer that makes worker processes misbehave, by the seed of the case."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence

from agent.bench.cases import Case
from agent.trajectory import Event

DIES, EXITS, HANGS = 901, 902, 903
"""Seeds at which a process is killed, ends with words on stderr, or answers no more."""


class Saboteur:
    """An agent.bench.worker.Observer."""

    def begin(self, case: Case) -> None:
        """Do what the seed asks for."""
        if case.seed == DIES:
            os.kill(os.getpid(), signal.SIGKILL)
        if case.seed == EXITS:
            sys.stderr.write("first\nout of luck\n")
            sys.stderr.flush()
            os._exit(7)
        if case.seed == HANGS:
            time.sleep(600)

    def end(self, events: Sequence[Event]) -> list[str]:
        """What the process can see of its surroundings."""
        return sorted(f"{key}={value}" for key, value in os.environ.items())


class Unwilling:
    """An observer that cannot be made."""

    def __init__(self) -> None:
        raise RuntimeError("not today")
