"""An HTTP server that answers one byte at a time."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

BODY = json.dumps({"status": "success", "data": ["up", "node_load1"]}).encode()


@contextmanager
def dripping(pause: float) -> Iterator[str]:
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
