"""A chat completions server on 127.0.0.1 that answers well or in any bad way."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

MOVE = "kubectl get pods -n shop"


class Asked(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Reply(NamedTuple):
    """What is sent: raw bytes, perhaps slowly, perhaps never whole."""

    raw: bytes
    before_s: float = 0.0
    """Silence before the first byte."""
    drip_s: float = 0.0
    """Pause between single bytes."""


class ChatServer:
    """Answers each request with the next reply, the last one again and again."""

    def __init__(self, replies: list[Reply], context: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self._replies = replies
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.over = threading.Event()
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self._socket.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                if self._context is None:
                    self._answer(connection)
                    return
                with self._context.wrap_socket(connection, server_side=True) as encrypted:
                    self._answer(encrypted)
            except OSError:
                return  # the client left

    def _answer(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        first = stream.readline().decode().split()
        if len(first) < 2:
            return
        headers: dict[str, str] = {}
        for line in iter(stream.readline, b"\r\n"):
            if not line:
                return
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        number = len(self.asked)
        self.asked.append(Asked(first[1], headers, json.loads(body) if body else {}))
        reply = self._replies[min(number, len(self._replies) - 1)]
        self.over.wait(reply.before_s)
        if not reply.drip_s:
            connection.sendall(reply.raw)
            return
        for byte in reply.raw:
            if self.over.is_set():
                return
            connection.sendall(bytes([byte]))
            time.sleep(reply.drip_s)


def http(
    body: bytes, status: int = 200, kind: str = "application/json", length: int | None = None
) -> bytes:
    """A whole HTTP answer."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def good(text: str = MOVE, finish: str = "stop", model: str = "m1") -> Reply:
    """A chat completion."""
    document = {
        "model": model,
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": 90,
            "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 40},
        },
    }
    return Reply(http(json.dumps(document).encode()))


def error(status: int, message: str) -> Reply:
    """An error as these servers tell it."""
    return Reply(http(json.dumps({"error": {"message": message}}).encode(), status))


@contextmanager
def serving(*replies: Reply, context: ssl.SSLContext | None = None) -> Iterator[ChatServer]:
    """A server with these replies; over TLS with a `context`."""
    server = ChatServer(list(replies), context)
    try:
        yield server
    finally:
        server.close()


def timed(work: Callable[[], Any]) -> float:
    """Seconds that it takes."""
    began = time.monotonic()
    work()
    return time.monotonic() - began
