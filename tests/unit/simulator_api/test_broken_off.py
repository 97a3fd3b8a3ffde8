"""A client that leaves in the middle of its request."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.simulator.access import Access
from sandbox.simulator.api import Api
from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.asgi import Asgi
from sandbox.simulator.pace import Pacer
from sandbox.simulator.timeshift import TimeShift
from tests.live_cluster import CORE, Live


def test_half_a_body_is_not_carried_out() -> None:
    live = Live()
    before = live.engine.store.version
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"{CORE}/configmaps",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer t"), (b"content-type", b"application/yaml")],
    }
    whole = b"metadata: {name: cut}\ndata: {a: b}\n"
    coming: list[dict[str, Any]] = [
        {"type": "http.request", "body": whole, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        """The client is gone."""

    async def ask() -> None:
        shift = TimeShift(live.engine.store.now, enabled=False)
        logs = PodLogs(live.engine)
        api = Api(live.engine, logs, token="t", access=Access(None, "jane"), shift=shift)
        await Asgi(api, Pacer(live.engine))(scope, receive, send)

    asyncio.run(ask())

    assert live.engine.store.version == before
