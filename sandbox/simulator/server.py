"""ApiServer: the simulated API behind real HTTPS on 127.0.0.1.

A real kubectl and the official Python client talk to it. One identity, one bearer token, a
certificate authority made for this server alone.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sandbox.simulator.access import Access, Rule
from sandbox.simulator.api import Api
from sandbox.simulator.bodies import LIMIT
from sandbox.simulator.errors import too_large
from sandbox.simulator.http import Request, Response, failure_response, parse_query
from sandbox.simulator.logs import LogSource
from sandbox.simulator.store import Store
from sandbox.simulator.timeshift import TimeShift
from sandbox.simulator.tls import create_identity

if TYPE_CHECKING:
    import uvicorn

START_SECONDS = 10.0
STOP_SECONDS = 5.0

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Any], Any]


class ApiServer:
    """An API server over a store. Use it as a context manager, or call `serve` and `stop`."""

    def __init__(
        self,
        store: Store,
        logs: LogSource,
        *,
        token: str | None = None,
        rbac: Sequence[Rule] | None = None,
        user: str = "magos",
        move_times: bool = True,
    ) -> None:
        """Bind a port; nothing is answered before `serve`.

        token: the bearer token; a random one by default.
        rbac: what the identity may do; None is everything.
        user: the identity's name in error messages.
        move_times: show virtual times relative to the client's clock; off for recorded objects.
        """
        self.token = token or secrets.token_urlsafe(24)
        # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it every answer
        # waits 40 ms for the client's delayed acknowledgement.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        host, port = self._socket.getsockname()
        self.url = f"https://{host}:{port}"
        self.shift = TimeShift(store.now, enabled=move_times)
        self._identity = create_identity()
        self.api = Api(
            store,
            logs,
            token=self.token,
            access=Access(rbac, user),
            shift=self.shift,
            address=f"{host}:{port}",
        )
        self._server: uvicorn.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    # Life

    def serve(self) -> None:
        """Start answering in a background thread; returns when the server is up.

        Raises RuntimeError when it does not come up within ten seconds.
        """
        import uvicorn

        config = uvicorn.Config(
            self,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        config.load()
        # uvicorn can only read certificates from files; ours exist in memory.
        config.ssl = self._identity.context
        self._server = uvicorn.Server(config)
        started = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(self._server, started), name="simulator-api", daemon=True
        )
        self._thread.start()
        if not started.wait(START_SECONDS):
            raise RuntimeError("the simulated API server did not start")

    def stop(self) -> None:
        """Stop answering, end open watches and close the port. Safe to call twice."""
        server, loop, thread = self._server, self._loop, self._thread
        if server is not None and loop is not None and not loop.is_closed():
            server.should_exit = True
            loop.call_soon_threadsafe(self.api.stopping.set)
        if thread is not None:
            thread.join(STOP_SECONDS)
        self._socket.close()
        self._server = self._thread = None

    def __enter__(self) -> ApiServer:
        """Serve until the block ends."""
        self.serve()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    def _run(self, server: uvicorn.Server, started: threading.Event) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            serving = asyncio.ensure_future(server.serve(sockets=[self._socket]))
            while not server.started and not serving.done():
                await asyncio.sleep(0.002)
            started.set()
            await serving

        asyncio.run(main())

    # What clients need

    @property
    def ca_pem(self) -> str:
        """The certificate a client must trust, PEM."""
        return self._identity.ca_pem.decode()

    def kubeconfig_text(self, namespace: str = "default", context: str = "simulator") -> str:
        """A kubeconfig with the CA and the token inside (JSON, which is YAML too)."""
        authority = base64.b64encode(self._identity.ca_pem).decode()
        cluster = {"server": self.url, "certificate-authority-data": authority}
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "simulator", "cluster": cluster}],
                "users": [{"name": "simulator", "user": {"token": self.token}}],
                "contexts": [
                    {
                        "name": context,
                        "context": {
                            "cluster": "simulator",
                            "user": "simulator",
                            "namespace": namespace,
                        },
                    }
                ],
                "current-context": context,
            },
            indent=2,
        )

    # ASGI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        if scope["type"] != "http":
            return
        body = await _read_body(receive)
        response = (
            failure_response(too_large())
            if body is None
            else self.api.handle(_request(scope, body))
        )
        await send(
            {
                "type": "http.response.start",
                "status": response.status,
                "headers": _headers(response),
            }
        )
        if response.stream is None:
            empty = scope["method"] == "HEAD"
            await send({"type": "http.response.body", "body": b"" if empty else response.body})
        else:
            await _send_stream(response.stream(), receive, send)


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; None when it is longer than the limit."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= LIMIT:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks) if size <= LIMIT else None


def _request(scope: Scope, body: bytes) -> Request:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    query = parse_query(scope["query_string"])
    return Request(scope["method"], scope["path"], query, headers, body)


def _headers(response: Response) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", response.content_type.encode("latin-1")),
        (b"cache-control", b"no-cache, private"),
    ]
    if response.stream is None:
        headers.append((b"content-length", str(len(response.body)).encode()))
    if response.warning:
        headers.append((b"warning", f'299 - "{response.warning}"'.encode()))
    return headers


async def _send_stream(chunks: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send chunks until the stream ends or the client goes away."""

    async def pump() -> None:
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    # An empty chunk makes the headers leave at once: clients wait for them before anything else.
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    pumping = asyncio.ensure_future(pump())
    leaving = asyncio.ensure_future(_disconnected(receive))
    await asyncio.wait({pumping, leaving}, return_when=asyncio.FIRST_COMPLETED)
    if pumping.done() and not pumping.cancelled():
        leaving.cancel()
        pumping.result()
        await send({"type": "http.response.body", "body": b""})
    else:
        pumping.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
