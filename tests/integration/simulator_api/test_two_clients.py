"""Several clients change one object at once over real HTTPS: no update is lost."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.pace import AUTO
from sandbox.simulator.server import ApiServer
from sandbox.simulator.settle import build
from sandbox.simulator.world import World

pytestmark = pytest.mark.integration

CLIENTS, INCREMENTS = 3, 40
PATH = "/api/v1/namespaces/default/configmaps"
MERGE = "application/merge-patch+json"


class HttpClient:
    """One keep-alive connection."""

    def __init__(self, server: ApiServer) -> None:
        context = ssl.create_default_context(cadata=server.ca_pem)
        address = urlsplit(server.url).netloc
        self._connection = http.client.HTTPSConnection(address, context=context, timeout=20)
        self._headers = {"Authorization": f"Bearer {server.token}"}

    def __call__(
        self, method: str, path: str, body: Any = None, media: str = "application/json"
    ) -> tuple[int, dict[str, Any]]:
        data = None if body is None else json.dumps(body)
        headers = {**self._headers, "Content-Type": media}
        self._connection.request(method, path, data, headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def close(self) -> None:
        self._connection.close()


def put_until_it_holds(client: HttpClient, lost: list[int]) -> None:
    for _ in range(INCREMENTS):
        while True:
            code, obj = client("GET", f"{PATH}/counter")
            assert code == 200
            obj["data"]["n"] = str(int(obj["data"]["n"]) + 1)
            code, _ = client("PUT", f"{PATH}/counter", obj)
            if code == 200:
                break
            assert code == 409
            lost.append(1)


def patch_with_a_version(client: HttpClient, lost: list[int]) -> None:
    for _ in range(INCREMENTS):
        while True:
            code, obj = client("GET", f"{PATH}/counter")
            assert code == 200
            version = obj["metadata"]["resourceVersion"]
            patch = {
                "metadata": {"resourceVersion": version},
                "data": {"n": str(int(obj["data"]["n"]) + 1)},
            }
            code, _ = client("PATCH", f"{PATH}/counter", patch, MERGE)
            if code == 200:
                break
            assert code == 409
            lost.append(1)


@pytest.mark.parametrize("increment", [put_until_it_holds, patch_with_a_version])
def test_no_increment_is_lost(increment: Any) -> None:
    engine = build(World(), datetime(2026, 11, 23, tzinfo=UTC), "clients")
    with ApiServer(engine, PodLogs(engine), pace=AUTO) as server:
        clients = [HttpClient(server) for _ in range(CLIENTS)]
        code, _ = clients[0]("POST", PATH, {"metadata": {"name": "counter"}, "data": {"n": "0"}})
        assert code == 201
        lost: list[int] = []
        failures: list[BaseException] = []

        def work(client: HttpClient) -> None:
            try:
                increment(client, lost)
            except BaseException as error:  # a thread's failure must fail the test
                failures.append(error)
                raise

        threads = [threading.Thread(target=work, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not failures
        code, counter = clients[0]("GET", f"{PATH}/counter")
        for client in clients:
            client.close()
    assert code == 200
    assert counter["data"]["n"] == str(CLIENTS * INCREMENTS)
    assert lost  # they really met
