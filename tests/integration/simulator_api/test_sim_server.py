"""The HTTPS server itself: life, trust, speed, odd bytes."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from sandbox.simulator.engine import still
from sandbox.simulator.logs import NoLogs
from sandbox.simulator.server import ApiServer
from sandbox.simulator.store import Store

pytestmark = pytest.mark.integration
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer(still(Store(lambda: AT)), NoLogs(), token="secret") as server:
        yield server


def connect(server: ApiServer) -> http.client.HTTPSConnection:
    url = urlsplit(server.url)
    context = ssl.create_default_context(cadata=server.ca_pem)
    return http.client.HTTPSConnection(str(url.hostname), url.port, timeout=10, context=context)


def get(connection: http.client.HTTPSConnection, path: str, token: str = "secret") -> int:
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_starts_fast_and_stops_clean() -> None:
    before = threading.active_count()
    started = time.monotonic()
    server = ApiServer(still(Store(lambda: AT)), NoLogs())
    server.serve()
    assert time.monotonic() - started < 1
    assert server.url.startswith("https://127.0.0.1:")
    connection = connect(server)
    assert get(connection, "/version", server.token) == 200
    connection.request(
        "GET", "/api/v1/pods?watch=1", headers={"Authorization": f"Bearer {server.token}"}
    )
    watching = connection.getresponse()
    stopped = time.monotonic()
    server.stop()
    server.stop()
    assert time.monotonic() - stopped < 3
    assert watching.read() == b""
    assert threading.active_count() == before
    connection.close()
    url = urlsplit(server.url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(url.hostname), url.port), timeout=1)


def test_the_token_and_the_authority_count(server: ApiServer) -> None:
    connection = connect(server)
    assert get(connection, "/api/v1/pods") == 200
    assert get(connection, "/api/v1/pods", "wrong") == 401
    connection.close()
    url = urlsplit(server.url)
    stranger = http.client.HTTPSConnection(str(url.hostname), url.port, timeout=10)
    with pytest.raises(ssl.SSLCertVerificationError):
        stranger.request("GET", "/version")
    stranger.close()


def test_answers_do_not_wait_for_delayed_acknowledgements(server: ApiServer) -> None:
    connection = connect(server)
    get(connection, "/version")
    started = time.monotonic()
    for _ in range(50):
        assert get(connection, "/api/v1/namespaces/default/pods") == 200
    # Delayed acknowledgements cost 40 ms each; this is a tenth of that, for a busy machine.
    assert time.monotonic() - started < 50 * 0.02
    connection.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /\xff%zz?%ff=%00&&&= HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/pods HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\n\r\n",
    ],
)
def test_odd_bytes_are_refused_and_the_server_lives_on(server: ApiServer, raw: bytes) -> None:
    url = urlsplit(server.url)
    context = ssl.create_default_context(cadata=server.ca_pem)
    with (
        socket.create_connection((str(url.hostname), url.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
    ):
        first = b""
        with contextlib.suppress(OSError):  # it may hang up before it has read all of it
            wrapped.sendall(raw)
            first = wrapped.recv(64).split(b"\r\n")[0]
    assert first == b"" or b" 4" in first
    connection = connect(server)
    assert get(connection, "/version") == 200
    connection.close()


def test_a_watch_is_told_of_writes_from_another_thread(server: ApiServer) -> None:
    store = server.api.store
    connection = connect(server)
    connection.request(
        "GET",
        f"/api/v1/namespaces/shop/pods?watch=1&resourceVersion={store.version}",
        headers={"Authorization": "Bearer secret"},
    )
    watching = connection.getresponse()
    meta = {"name": "a", "namespace": "shop"}
    store.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta})
    event = json.loads(watching.readline())
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "a")
    connection.close()


def test_a_kubeconfig_is_complete(server: ApiServer) -> None:
    text = json.loads(server.kubeconfig_text("shop", "demo"))
    assert text["current-context"] == "demo"
    assert text["contexts"][0]["context"]["namespace"] == "shop"
    assert text["users"][0]["user"] == {"token": "secret"}
