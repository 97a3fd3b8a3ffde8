"""Names of a Prometheus: asked within the time, however slowly the server speaks."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tools.promtool import names as module
from tools.promtool.names import PrometheusError, names

BODY = json.dumps({"status": "success", "data": ["up", "node_load1"]}).encode()


@contextmanager
def server(pause: float) -> Iterator[str]:
    """Answers every request with BODY, one byte after each pause."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                try:
                    connection.sendall(
                        f"HTTP/1.0 200 OK\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
                    )
                    for byte in BODY:
                        connection.sendall(bytes([byte]))
                        over.wait(pause)
                except OSError:
                    continue

    worker = threading.Thread(target=serve)
    worker.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        worker.join()


def test_names_are_read() -> None:
    with server(0.0) as url:
        assert names(url, ["shop"]) == (("up", "node_load1"), ("up", "node_load1"))


def test_a_server_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte begins the connection's own time-out anew."""
    monkeypatch.setattr(module, "SECONDS", 0.3)
    with server(0.1) as url:
        began = time.monotonic()
        with pytest.raises(PrometheusError, match="too slow"):
            names(url, None)
        assert time.monotonic() - began < 2
