"""One server for a test module, and each kubectl of this machine in a namespace of its own on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.pace import AUTO
from sandbox.simulator.server import ApiServer
from sandbox.simulator.settle import build
from sandbox.simulator.world import World
from tests import real_kubectl

WORLD: dict[str, Any] = {
    "nodes": [{"name": "node1"}, {"name": "node2"}],
    "metrics_server": True,
    "apps": [{"image": "acme/once:1", "exits": {"after": 1, "code": 0}}],
}
SOON = 10.0
"""Real seconds in which a command must have ended, on a busy machine."""
VERSIONS = sorted(real_kubectl.binaries(), key=lambda text: int(text.partition(".")[2] or 0))
"""Oldest first."""
EDGES = list(dict.fromkeys([*VERSIONS[:1], *VERSIONS[-1:]]))
"""The oldest and the newest: enough where kubectl's code did not change between them."""


@contextmanager
def serving(world: dict[str, Any] | None = None) -> Iterator[ApiServer]:
    """A server whose time passes when somebody waits."""
    start = datetime.now(UTC).replace(microsecond=0)
    engine = build(World.model_validate(world or WORLD), start, "session")
    engine.advance(5)
    with ApiServer(engine, PodLogs(engine), pace=AUTO) as server:
        yield server


class Session:
    """One kubectl, its home and its namespace."""

    def __init__(self, version: str, server: ApiServer, home: Path) -> None:
        self.version, self.server, self.home = version, server, home
        self.minor = int(version.partition(".")[2] or 99)
        self.tag = f"v{version.replace('.', '-')}"
        """A name for cluster-wide objects that no other version uses."""
        self.namespace = self.tag
        self.binary = real_kubectl.binaries()[version]

    def __call__(
        self,
        command: str,
        *more: str,
        code: int = 0,
        text: str = "",
        within: float = SOON,
        env: dict[str, str] | None = None,
    ) -> str:
        """Its output; `command` is split at spaces, `more` is not."""
        argv = (*command.split(), *more)
        began = time.monotonic()
        done = real_kubectl.run(
            self.binary, self.server, self.home, self.namespace, *argv, text=text, env=env
        )
        shown = f"kubectl {' '.join(argv)}\n{done.stdout}{done.stderr}"
        assert done.returncode == code, shown
        assert time.monotonic() - began < within, shown
        return done.stdout + done.stderr

    def following(self, command: str) -> AbstractContextManager[Path]:
        """A command that goes on until the block ends; the file has what it says."""
        return real_kubectl.following(
            self.binary, self.server, self.home, self.namespace, *command.split()
        )


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something; fails after so many real seconds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)
