"""Witness: what an investigation really did, seen from outside the code that promises it.

Python's own audit events show each program that this process starts; the simulated API server's
entrance shows each request. Neither asks the gate or the runner.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple

from sandbox.simulator.asgi import Asgi, Receive, Scope, Send
from sandbox.simulator.http import parse_query

STARTS = frozenset({"os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn"})
"""Audit events of every other way to start a program."""
REVIEWS = ("/apis/authorization.k8s.io/", "/apis/authentication.k8s.io/")


class Started(NamedTuple):
    """One program that was started."""

    argv: tuple[str, ...]
    kubeconfig: str
    """KUBECONFIG in its environment."""

    @property
    def is_help(self) -> bool:
        """`kubectl ... --help` without any cluster to talk to."""
        words = self.argv[1:]
        asks = words[-1:] == ("--help",) or words == ("options",)
        return asks and self.kubeconfig == os.devnull


class Witness:
    """Collects for the life of the process: audit hooks cannot be taken off."""

    def __init__(self) -> None:
        self.started: list[Started] = []
        self.writes: list[str] = []
        """`METHOD path` of every request that would change the cluster."""

    def install(self) -> None:
        """Begin. Call it once in a process."""
        sys.addaudithook(self._audit)
        answer = Asgi.__call__

        async def seen(app: Asgi, scope: Scope, receive: Receive, send: Send) -> None:
            self._request(scope)
            await answer(app, scope, receive, send)

        Asgi.__call__ = seen  # type: ignore[method-assign, assignment] # what scenarios do in process is not seen

    def take(self) -> tuple[list[Started], list[str]]:
        """What was seen since the last call."""
        taken = self.started[:], self.writes[:]
        self.started.clear()
        self.writes.clear()
        return taken

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            _, argv, _, env = arguments
            words = (argv,) if isinstance(argv, str | bytes | os.PathLike) else tuple(argv)
            self.started.append(
                Started(tuple(os.fsdecode(word) for word in words), _kubeconfig(env))
            )
        elif event in STARTS:
            self.started.append(Started((event, *map(repr, arguments)), ""))

    def _request(self, scope: Scope) -> None:
        method, path = str(scope.get("method", "GET")), str(scope.get("path", ""))
        reads = method in ("GET", "HEAD") or path.startswith(REVIEWS)
        if not reads and parse_query(scope.get("query_string", b"")).get("dryRun") != "All":
            self.writes.append(f"{method} {path}")


def _kubeconfig(env: Any) -> str:
    return str((env or os.environ).get("KUBECONFIG", ""))
