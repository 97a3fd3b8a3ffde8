"""Bytes that no honest client sends, over real sockets: the server refuses them and goes on answering."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import ssl
import time
from collections.abc import Iterator
from random import Random
from urllib.parse import quote, urlencode, urlsplit

import pytest

from sandbox.simulator.http import Request
from sandbox.simulator.server import ApiServer
from tests import malformed_requests
from tests.kubectl_session import serving, until
from tests.simulated_api import TOKEN

pytestmark = pytest.mark.integration

NUMBER = int(os.environ.get("MAGOS_MALFORMED_REQUESTS", "600"))
CROWD = 150
"""Connections held open at once."""
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    with serving() as server:
        server.accept(TOKEN)
        yield server


@pytest.fixture(autouse=True)
def still_answers(server: ApiServer) -> Iterator[None]:
    """Whatever a test does, an honest client is served right after it."""
    yield
    began = time.monotonic()
    assert ask(server, "GET", "/api/v1/nodes")[0] == 200
    assert time.monotonic() - began < 5


def wrapped(server: ApiServer) -> ssl.SSLSocket:
    """A new TLS connection."""
    address = urlsplit(server.url)
    plain = socket.create_connection((str(address.hostname), address.port or 0), timeout=10)
    context = ssl.create_default_context(cadata=server.ca_pem)
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def ask(server: ApiServer, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """An honest request on a connection of its own."""
    context = ssl.create_default_context(cadata=server.ca_pem)
    connection = http.client.HTTPSConnection(
        urlsplit(server.url).netloc, context=context, timeout=20
    )
    with contextlib.closing(connection):
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def first_line(server: ApiServer, raw: bytes) -> bytes:
    """What the server says first; nothing when it hangs up."""
    with wrapped(server) as connection, contextlib.suppress(OSError):
        connection.sendall(raw)
        connection.settimeout(5)
        return connection.recv(200).split(b"\r\n")[0]
    return b""


def head(path: str, length: int, method: str = "POST") -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def test_malformed_requests_over_one_connection_after_another(server: ApiServer) -> None:
    """The generator's requests as bytes; connections are kept for as long as the server keeps them."""
    connection: http.client.HTTPSConnection | None = None
    context = ssl.create_default_context(cadata=server.ca_pem)
    for index, request in enumerate(malformed_requests.requests(7, NUMBER)):
        if connection is None:
            netloc = urlsplit(server.url).netloc
            connection = http.client.HTTPSConnection(netloc, context=context, timeout=20)
        shown = f"{index}: {request.method} {request.path[:200]}"
        try:
            answer = sent(connection, request)
        except TimeoutError:
            pytest.fail(shown)
        except (http.client.HTTPException, OSError, ValueError):
            connection.close()
            connection = None
            continue
        assert answer != 500, shown
    if connection is not None:
        connection.close()


def sent(connection: http.client.HTTPSConnection, request: Request) -> int:
    query = (
        {**request.query, "timeoutSeconds": "1"} if request.query.get("watch") else request.query
    )
    target = quote(request.path) + (f"?{urlencode(query)}" if query else "")
    headers = {
        name: value.encode("utf-8", "replace").decode("latin-1")
        for name, value in request.headers.items()
        if value.isprintable()
    }
    connection.request(request.method or "GET", target, request.body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_garbage_before_and_after_the_handshake(server: ApiServer) -> None:
    draw = Random(3)
    address = urlsplit(server.url)
    for _ in range(40):
        noise = draw.randbytes(draw.choice((1, 5, 50, 5000)))
        with socket.create_connection(
            (str(address.hostname), address.port or 0), timeout=5
        ) as plain:
            plain.settimeout(5)
            with contextlib.suppress(OSError):
                plain.sendall(noise)
                plain.shutdown(socket.SHUT_WR)
                plain.recv(100)
        with wrapped(server) as connection, contextlib.suppress(OSError):
            connection.sendall(noise)
    for _ in range(20):
        line = first_line(server, draw.randbytes(60).replace(b"\n", b"") + b"\r\n\r\n")
        assert line == b"" or b" 400" in line


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /version HTTP/1.1\r\n" + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"GET /version HTTP/1.1\r\nHost: x\r\n" + b"X-Y: z\r\n" * 50_000 + b"\r\n",
        b"GET /" + b"a/" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /version HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /api HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /version\r\n\r\n",
        b"\x16\x03\x01\x00\xa5" * 30,
    ],
)
def test_headers_without_end_or_sense(server: ApiServer, raw: bytes) -> None:
    line = first_line(server, raw)
    assert line == b"" or b" 4" in line


def test_half_a_request_changes_nothing(server: ApiServer) -> None:
    body = json.dumps({"metadata": {"name": "half"}}).encode()
    assert ask(server, "POST", CONFIG_MAPS, b'{"metadata":{"name":"whole"}}')[0] == 201
    for raw in (
        head(CONFIG_MAPS, len(body) + 1) + body,  # good JSON, but one byte is still to come
        head(f"{CONFIG_MAPS}/whole", 2, "DELETE"),
        head(CONFIG_MAPS, len(body))[:-2],
    ):
        with wrapped(server) as connection:
            connection.sendall(raw)
    time.sleep(0.2)
    assert ask(server, "GET", f"{CONFIG_MAPS}/half")[0] == 404
    assert ask(server, "GET", f"{CONFIG_MAPS}/whole")[0] == 200


def test_slow_clients_hold_nobody_up(server: ApiServer) -> None:
    """Requests that come byte by byte, and answers that nobody reads, for a few seconds."""
    body = json.dumps({"metadata": {"name": "slow"}}).encode()
    raw = head(CONFIG_MAPS, len(body)) + body
    slow = [wrapped(server) for _ in range(20)]
    deaf = [wrapped(server) for _ in range(5)]
    for connection in deaf:
        connection.sendall(head("/openapi/v3/apis/apps/v1", 0, "GET") * 20)
    for at in range(12):
        for connection in slow:
            connection.sendall(raw[at : at + 1])
        began = time.monotonic()
        assert ask(server, "GET", "/version")[0] == 200
        assert time.monotonic() - began < 3
        time.sleep(0.1)
    slow[0].sendall(raw[12:])
    assert b" 201" in slow[0].recv(100)
    for connection in slow + deaf:
        connection.close()
    assert ask(server, "DELETE", f"{CONFIG_MAPS}/slow")[0] == 200


def test_time_passes_while_somebody_dawdles(server: ApiServer) -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}
    with wrapped(server) as dawdler:
        dawdler.sendall(head(CONFIG_MAPS, 100) + b"{")
        pods = "/api/v1/namespaces/default/pods"
        assert ask(server, "POST", pods, json.dumps(pod).encode())[0] == 201
        until(lambda: b'"phase":"Running"' in ask(server, "GET", f"{pods}/p")[1])


def test_a_crowd(server: ApiServer) -> None:
    """Idle connections, watches and requests together; when they leave, nothing of them stays."""
    crowd = [wrapped(server) for _ in range(CROWD)]
    store = server.api.store
    for connection in crowd[::2]:
        connection.sendall(head("/api/v1/pods?watch=1", 0, "GET"))
    for connection in crowd[::2]:
        assert b" 200" in connection.recv(100)
    assert ask(server, "POST", CONFIG_MAPS, b'{"metadata":{"name":"crowd"}}')[0] == 201
    for connection in crowd:
        connection.close()
    until(lambda: len(store._listeners) == 0)
