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
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING
from weakref import WeakSet

from sandbox.simulator.access import Access, Rule
from sandbox.simulator.api import Api
from sandbox.simulator.asgi import Asgi
from sandbox.simulator.engine import Engine
from sandbox.simulator.logs import LogSource
from sandbox.simulator.pace import MANUAL, Pace, Pacer
from sandbox.simulator.sim import Sim
from sandbox.simulator.timeshift import TimeShift
from sandbox.simulator.tls import create_identity

if TYPE_CHECKING:
    import uvicorn

START_SECONDS = 10.0
STOP_SECONDS = 5.0
FAREWELL_SECONDS = 0.02
"""How long open watches have to send their last chunk when the server stops."""
LAST_ANSWER_SECONDS = 1.0
"""How long requests under way have to notice that their connection is gone."""


class ApiServer:
    """An API server over a control plane. Use it as a context manager, or call `serve` and `stop`."""

    def __init__(
        self,
        engine: Engine,
        logs: LogSource,
        *,
        token: str | None = None,
        rbac: Sequence[Rule] | None = None,
        user: str = "magos",
        move_times: bool = True,
        pace: Pace = MANUAL,
        simulated: bool = True,
    ) -> None:
        """Bind a port; nothing is answered before `serve`.

        token: the bearer token; a random one by default.
        rbac: what the identity may do; None is everything.
        user: the identity's name in error messages.
        pace: how virtual time passes while the server is up.
        move_times: show virtual times relative to the client's clock; off for recorded objects.
        simulated: answers say that they are a simulator's; off for recorded objects.
        """
        self.token = token or secrets.token_urlsafe(24)
        # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it every answer
        # waits 40 ms for the client's delayed acknowledgement.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        host, port = self._socket.getsockname()
        self.url = f"https://{host}:{port}"
        self.shift = TimeShift(engine.store.now, enabled=move_times)
        self._identity = create_identity()
        self.api = Api(
            engine,
            logs,
            token=self.token,
            access=Access(rbac, user),
            shift=self.shift,
            address=f"{host}:{port}",
        )
        self.pacer = Pacer(engine, pace)
        self._marked = simulated
        self.api.sim = Sim(engine, self.pacer)
        self._transports: WeakSet[asyncio.WriteTransport] = WeakSet()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def accept(self, token: str) -> None:
        """From now on this is the one token that is not refused; the old one has expired."""
        self.token = token
        self.api.accept(token)

    # Life

    def serve(self) -> None:
        """Start answering in a background thread; returns when the server is up.

        Raises RuntimeError when it does not come up within ten seconds.
        """
        import uvicorn

        config = uvicorn.Config(
            Asgi(self.api, self.pacer, marked=self._marked),
            loop="asyncio",
            http=_protocol(self._transports),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
        )
        config.load()
        # uvicorn can only read certificates from files; ours exist in memory.
        config.ssl = self._identity.context
        started = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(config, started), name="simulator-api", daemon=True
        )
        self._thread.start()
        if not started.wait(START_SECONDS):
            raise RuntimeError("the simulated API server did not start")

    def stop(self) -> None:
        """Stop answering, end open watches and close every connection. Safe to call twice."""
        loop, thread = self._loop, self._thread
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.api.stopping.set)
        if thread is not None:
            thread.join(STOP_SECONDS)
        self._socket.close()
        self._loop = self._thread = None

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

    def _run(self, config: uvicorn.Config, started: threading.Event) -> None:
        import uvicorn

        # uvicorn's own main loop and shutdown sleep 0.1 s each; an investigation of a second would
        # feel that, and a test suite that starts hundreds of servers even more.
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)

        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            await server.startup(sockets=[self._socket])
            started.set()
            pacing = asyncio.ensure_future(self.pacer.run(self.api.stopping))
            # A controller's bug ends the server; better than time that stands still for no reason.
            pacing.add_done_callback(lambda _: self.api.stopping.set())
            await self.api.stopping.wait()
            await pacing
            # Watches end by themselves now and say so to their clients; idle connections would keep
            # the loop waiting for a TLS farewell that no client sends.
            await asyncio.sleep(FAREWELL_SECONDS)
            for listener in server.servers:
                listener.close()
            for transport in tuple(self._transports):
                transport.abort()
            answering = server.server_state.tasks
            if answering:
                await asyncio.wait(answering, timeout=LAST_ANSWER_SECONDS)
            await asyncio.sleep(0)

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


def _protocol(transports: WeakSet[asyncio.WriteTransport]) -> type[asyncio.Protocol]:
    """HTTP as uvicorn speaks it, remembering its connections so that they can be ended."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Connection(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            transports.add(transport)
            super().connection_made(transport)

    return Connection
