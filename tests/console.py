"""The installed `magos-agent` as a real process, in a home of its own, with its memory measured."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

BIN = Path(sys.executable).parent
SCRIPT = BIN / "magos-agent"
SECONDS = 60.0
"""A process that has not ended by then is killed, and its test fails."""


class Ended(NamedTuple):
    """What one process left behind."""

    status: int
    stdout: str
    stderr: str
    cpu_seconds: float
    """Of the process and the programs that it ran: the same on a busy machine."""
    peak_mib: float
    """Most resident memory of the process itself, without its children; 0 where it is not known."""

    @property
    def report(self) -> dict[str, Any]:
        """The report on stdout, of `-o json`."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found

    @property
    def errors(self) -> list[str]:
        """Lines of stderr that are errors."""
        return [line for line in self.stderr.splitlines() if line.startswith("error")]


class Console:
    """Starts the script with an environment in which nothing of the developer's own is found."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.work = home / "work"
        self.state = home / "state"
        self.work.mkdir(parents=True)
        self.environment = {
            "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "MAGOS_STATE_DIR": str(self.state),
            "MAGOS_CACHE_DIR": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "LANG": "C.UTF-8",
        }

    def start(self, *words: str | os.PathLike[str], **changes: str) -> subprocess.Popen[bytes]:
        """The process; `changes` are made to its environment."""
        return subprocess.Popen(
            [str(SCRIPT), *map(str, words)],
            env=self.environment | changes,
            cwd=self.work,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(
        self,
        *words: str | os.PathLike[str],
        stdin: bytes = b"",
        meanwhile: Callable[[subprocess.Popen[bytes]], None] = lambda process: None,
        **changes: str,
    ) -> Ended:
        """Run it to its end; `meanwhile` is called once it has started."""
        used = _used()
        with self.start(*words, **changes) as process:
            memory = _Memory(process.pid)
            try:
                meanwhile(process)
                out, err = process.communicate(stdin, timeout=SECONDS)
            finally:
                process.kill()
                memory.stop()
        spent = _used() - used
        return Ended(process.returncode, out.decode(), err.decode(), spent, memory.peak_mib)

    def investigate(self, *words: str | os.PathLike[str], **options: Any) -> Ended:
        """`investigate -o json WORDS`."""
        return self.run("investigate", "-o", "json", *words, **options)


def _used() -> float:
    """CPU seconds of all processes that this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Memory:
    """Watches the resident high-water mark of one process, which the kernel keeps."""

    TICK = 0.02

    def __init__(self, pid: int) -> None:
        self.peak_mib = 0.0
        self._status = Path(f"/proc/{pid}/status")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(self.TICK):
            try:
                found = re.search(r"VmHWM:\s+(\d+) kB", self._status.read_text())
            except OSError:
                return
            if found:
                self.peak_mib = max(self.peak_mib, int(found[1]) / 1024)


def fails(ended: Ended, status: int, *words: str) -> None:
    """One error line with these words, perhaps a hint, nothing else, and the status."""
    assert ended.status == status, ended.stderr
    lines = ended.stderr.splitlines()
    assert lines[0].startswith("error: "), ended.stderr
    assert [line.partition(":")[0] for line in lines[1:]] in ([], ["hint"]), ended.stderr
    assert all(word in lines[0] for word in words), lines[0]
    assert ended.stdout == ""


def reports(ended: Ended, status: int) -> dict[str, Any]:
    """A report on stdout, no error, and the status."""
    assert ended.status == status, ended.stderr
    assert not ended.errors
    assert "Traceback" not in ended.stderr
    return ended.report


def finished(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Each move with what another run of it would change: how long it took."""
    fields = ("id", "text", "exit_code", "duration_ms")
    return [tuple(move[field] for field in fields) for move in report["moves"]]
