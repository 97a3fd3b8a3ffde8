"""The API as an ASGI application: bytes in, bytes or a stream of chunks out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from sandbox.simulator.api import Api
from sandbox.simulator.bodies import LIMIT
from sandbox.simulator.errors import too_large
from sandbox.simulator.http import Request, Response, failure_response, parse_query
from sandbox.simulator.pace import Pacer
from tools.api import SIMULATED_HEADER

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Any], Any]


class Asgi:
    """ASGI 3 around an Api. HTTP only; there is nothing to do at startup."""

    def __init__(self, api: Api, pacer: Pacer, *, marked: bool = True) -> None:
        """`marked`: every answer says in a header that it is a simulator's."""
        self.api = api
        self.pacer = pacer
        self._mark = [(SIMULATED_HEADER.lower().encode(), b"true")] if marked else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        if scope["type"] != "http":
            return
        # Waiting for a slow client's body is no reason for time to stand still.
        try:
            body = await _read_body(receive)
        except ConnectionError:
            return
        with self.pacer.request():
            response = (
                failure_response(too_large())
                if body is None
                else self.api.handle(_request(scope, body))
            )
            start = {"status": response.status, "headers": [*_headers(response), *self._mark]}
            await send({"type": "http.response.start", **start})
            if response.stream is None:
                empty = scope["method"] == "HEAD"
                await send({"type": "http.response.body", "body": b"" if empty else response.body})
                return
        with self.pacer.watch():
            await _send_stream(response.stream(), receive, send)


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; None when it is longer than the limit, or breaks off."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None  # nobody waits for an answer, and half a body must not be carried out
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
    for text in response.every_warning:
        headers.append((b"warning", f'299 - "{_quoted(text)}"'.encode("utf-8", "replace")))
    return headers


def _quoted(text: str) -> str:
    """A warning as a quoted string of one header line (net.NewWarningHeader)."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown.replace("\\", "\\\\").replace('"', '\\"')


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
