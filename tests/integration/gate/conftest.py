"""API servers to look at: the simulator's over HTTPS, and scripted answers over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sandbox.simulator.access import Rule
from sandbox.simulator.engine import still
from sandbox.simulator.logs import LogAnswer, LogQuery
from sandbox.simulator.server import ApiServer
from sandbox.simulator.store import Store
from tools.api import Api, Endpoint
from tools.credentials import Credentials
from tools.kubeconfig import open_access


class NoLogs:
    """A log source that has nothing to say."""

    def log(self, query: LogQuery) -> LogAnswer:
        return LogAnswer(200, "")


@pytest.fixture
def store() -> Store:
    """Three namespaces; in shop twenty pods, a Deployment and a Secret."""
    found = Store(lambda: datetime.now(UTC))
    for name in ("default", "shop", "web"):
        found.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    meta = {"namespace": "shop"}
    for number in range(20):
        spec = {"containers": [{"name": "c", "image": "x"}]}
        name = f"cart-7d9f{number:03d}"
        found.put(
            {"apiVersion": "v1", "kind": "Pod", "metadata": meta | {"name": name}, "spec": spec}
        )
    found.put(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta | {"name": "cart"},
            "spec": {},
        }
    )
    found.put(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": meta | {"name": "password"},
            "data": {"a": "aHVudGVyMg=="},
        }
    )
    return found


@pytest.fixture
def api(store: Store, tmp_path: Path) -> Iterator[Api]:
    """The simulator as a cluster administrator."""
    with ApiServer(still(store), NoLogs()) as server:
        yield from _opened(server, tmp_path / "admin")


@pytest.fixture
def narrow_api(store: Store, tmp_path: Path) -> Iterator[Api]:
    """The simulator as someone who may read the pods of shop and nothing else."""
    rule = Rule(("get", "list"), ("",), ("pods", "pods/log"), ("shop",))
    with ApiServer(still(store), NoLogs(), rbac=[rule]) as server:
        yield from _opened(server, tmp_path / "narrow")


def _opened(server: ApiServer, folder: Path) -> Iterator[Api]:
    folder.mkdir()
    kubeconfig = folder / "config"
    kubeconfig.write_text(server.kubeconfig_text("shop"), encoding="utf-8")
    kubeconfig.chmod(0o600)
    with open_access(kubeconfig, None, folder / "run", {}) as access:
        yield access.api


class Answer(NamedTuple):
    """What a scripted server says."""

    status: int
    body: Any


Script = Callable[[str, str, str, Any], Answer]
"""(method, path with query, Accept header, body) -> Answer."""


class ScriptedServer:
    """An HTTP server whose answers a test writes; `asked` holds every request."""

    def __init__(self) -> None:
        self.script: Script = lambda *_: Answer(404, {})
        self.asked: list[tuple[str, str, str]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                accept = self.headers.get("Accept", "")
                owner.asked.append((self.command, self.path, accept))
                answer = owner.script(self.command, self.path, accept, body)
                text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = _serve

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture
def scripted_api(scripted: ScriptedServer) -> Iterator[Api]:
    found = Api(Endpoint(server=scripted.url), Credentials())
    yield found
    found.close()
