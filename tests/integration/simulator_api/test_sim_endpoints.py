"""The simulator's own endpoints over HTTPS: clock, snapshots, injections."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.server import ApiServer
from tests.unit.simulator_physics.labs import NS, lab, pods, workload

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def server() -> Iterator[ApiServer]:
    engine = lab(None, workload("Deployment", replicas=2))
    with ApiServer(engine, PodLogs(engine)) as server:
        yield server


@pytest.fixture
def ask(server: ApiServer) -> Ask:
    trust = ssl.create_default_context(cadata=server.ca_pem)

    def call(method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        request = urllib.request.Request(
            server.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {token or server.token}"},
        )
        try:
            with urllib.request.urlopen(request, context=trust, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith("{") else text

    return call


def test_the_clock_is_read_set_and_moved(ask: Ask, server: ApiServer) -> None:
    code, clock = ask("GET", "/sim/clock")
    assert (code, clock["mode"]) == (200, "manual")
    code, later = ask("POST", "/sim/advance", {"seconds": 30})
    assert code == 200
    assert later["now"] > clock["now"]
    assert [p["status"]["phase"] for p in pods(server.api.engine)] == ["Running"] * 2
    assert ask("PUT", "/sim/clock", {"mode": "scaled", "rate": 60})[1]["mode"] == "scaled"
    assert ask("POST", "/sim/clock", {"mode": "auto"})[1]["mode"] == "auto"


def test_a_snapshot_is_gone_back_to(ask: Ask, server: ApiServer) -> None:
    ask("POST", "/sim/advance", {"seconds": 30})
    before = [p["metadata"]["name"] for p in pods(server.api.engine)]
    id_ = ask("POST", "/sim/snapshot")[1]["id"]
    assert ask("DELETE", f"/apis/apps/v1/namespaces/{NS}/deployments/app")[0] == 200
    ask("POST", "/sim/advance", {"seconds": 60})
    assert not pods(server.api.engine)
    assert ask("POST", "/sim/restore", {"id": id_})[0] == 200
    assert [p["metadata"]["name"] for p in pods(server.api.engine)] == before
    assert ask("GET", f"/api/v1/namespaces/{NS}/pods/{before[0]}")[0] == 200


def test_the_world_is_patched_and_steps_are_done(ask: Ask, server: ApiServer) -> None:
    ask("POST", "/sim/advance", {"seconds": 30})
    world = {"apps": [{"image": "acme/app:1", "exits": {"after": 5, "code": 7}}]}
    assert ask("POST", "/sim/inject", {"world": world})[0] == 200
    ask("POST", "/sim/advance", {"seconds": 20})
    statuses = [p["status"]["containerStatuses"][0] for p in pods(server.api.engine)]
    assert all(s["restartCount"] for s in statuses)
    steps = ["scale deployment/app --replicas=1", {"wait": 60}]
    assert ask("POST", "/sim/inject", {"steps": steps, "namespace": NS})[0] == 200
    assert len(pods(server.api.engine)) == 1
    assert "cart" not in str(ask("GET", "/sim/clock"))


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/sim/advance", None, 405),
        ("GET", "/sim/nothing", None, 404),
        ("POST", "/sim/advance", {"seconds": -1}, 400),
        ("POST", "/sim/advance", {"seconds": "x"}, 400),
        ("POST", "/sim/advance", {"seconds": 1e300}, 400),
        ("POST", "/sim/advance", [], 400),
        ("PUT", "/sim/clock", {"mode": "backwards"}, 400),
        ("PUT", "/sim/clock", {"mode": "scaled", "rate": 0}, 400),
        ("POST", "/sim/restore", {"id": "no"}, 404),
        ("POST", "/sim/fork", {}, 501),
        ("POST", "/sim/inject", {"world": {"apps": 3}}, 400),
        ("POST", "/sim/inject", {"steps": ["rm -rf /"]}, 400),
        ("POST", "/sim/inject", {"steps": ["delete pod nobody"], "namespace": NS}, 404),
        ("POST", "/sim/inject", {"steps": ["label pod 'x"]}, 400),
        ("POST", "/sim/inject", {"steps": [{"wait": 1e18}]}, 400),
        ("POST", "/sim/inject", {"steps": [{"apply": {"kind": "Pod"}}]}, 400),
        ("POST", "/sim/inject", {"world": {"apps": [{"image": "*", "load": "much"}]}}, 400),
        ("POST", "/sim/inject", {"what": 1}, 400),
    ],
)
def test_what_cannot_be_done_is_said(
    ask: Ask, method: str, path: str, body: Any, code: int
) -> None:
    assert ask(method, path, body)[0] == code


def test_the_token_is_needed(ask: Ask) -> None:
    assert ask("GET", "/sim/clock", token="wrong")[0] == 401
