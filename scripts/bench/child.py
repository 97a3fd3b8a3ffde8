"""Child: the console script as its users start it, with its wall time and peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from agent.bench.environment import private

LAUNCHER = """
import json, os, sys, time
silent = [
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    (os.POSIX_SPAWN_OPEN, 2, sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
]
began = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=silent)
_, status, usage = os.wait4(child, 0)
took = time.perf_counter() - began
cpu = usage.ru_utime + usage.ru_stime
print(json.dumps([os.waitstatus_to_exitcode(status), took, usage.ru_maxrss, cpu]))
"""
"""A small process between us and the child: a child's ru_maxrss starts at what its parent uses."""


class Ended(NamedTuple):
    """How a child went."""

    status: int
    seconds: float
    """Wall time from start to exit."""
    mebibytes: float
    """Peak resident memory of its biggest process."""
    cpu: float
    """Seconds of processor time, its own children's included."""


def console(home: Path, *arguments: str) -> Ended:
    """Run `magos-agent ARGUMENTS` with a home folder of its own. Raises RuntimeError on failure."""
    home.mkdir(parents=True, exist_ok=True)
    script = Path(sys.executable).with_name("magos-agent")
    return measured(home, [str(script), *arguments])


def measured(home: Path, argv: Sequence[str], extra: Mapping[str, str] | None = None) -> Ended:
    """Run a program and measure it. Raises RuntimeError, with its last words, when it fails."""
    errors = home / "stderr.txt"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LAUNCHER, str(errors), *argv],
        env={**private(home, os.environ), **(extra or {})},
        cwd=home,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    status, seconds, kibibytes, cpu = json.loads(done.stdout)
    if status != 0:
        said = errors.read_text(encoding="utf-8", errors="replace").strip()[-500:]
        raise RuntimeError(f"{' '.join(argv)} ended with status {status}: {said}")
    return Ended(status, seconds, kibibytes / 1024, cpu)
