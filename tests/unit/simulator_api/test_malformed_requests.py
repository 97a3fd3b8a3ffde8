"""Whatever arrives: an answer in reasonable time, never a 500, and a cluster that goes on working.

`MAGOS_MALFORMED_REQUESTS=10000` sends more than the suite's share.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime

import pytest

from sandbox.simulator.access import Access
from sandbox.simulator.api import Api
from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.engine import Engine
from sandbox.simulator.inprocess import Client
from sandbox.simulator.resources import RESOURCES
from sandbox.simulator.settle import build
from sandbox.simulator.timeshift import TimeShift
from sandbox.simulator.world import World
from tests import malformed_requests
from tests.simulated_api import TOKEN

NUMBER = int(os.environ.get("MAGOS_MALFORMED_REQUESTS", "3000"))
ROUND = 500
"""Requests to one cluster; then a fresh one, so that later ones do not only meet ruins."""
SECONDS = 3.0
"""Longest answer; the slowest one is a large body on a busy machine."""


def cluster() -> tuple[Engine, Api]:
    engine = build(World(metrics_server=True), datetime(2026, 11, 23, tzinfo=UTC), "malformed")
    shift = TimeShift(engine.store.now, enabled=True)
    client = Client(engine)
    for row in RESOURCES:
        where = "/namespaces/default" if row.namespaced else ""
        root = f"/apis/{row.api_version}" if row.group else f"/api/{row.api_version}"
        client.request("POST", f"{root}{where}/{row.plural}", malformed_requests.template(row))
    access = Access(None, "jane")
    return engine, Api(engine, PodLogs(engine), token=TOKEN, access=access, shift=shift)


@pytest.mark.parametrize("turn", range(max(NUMBER // ROUND, 1)))
def test_every_request_is_answered(turn: int) -> None:
    engine, api = cluster()
    for index, request in enumerate(malformed_requests.requests(turn, ROUND)):
        start = time.perf_counter()
        answer = api.handle(request)
        took = time.perf_counter() - start
        shown = f"{turn}.{index}: {request.method} {request.path[:200]} {request.body[:300]!r}"
        assert 200 <= answer.status < 600, shown
        assert answer.status != 500, f"{shown}: {answer.body[:300]!r}"
        assert took < SECONDS, shown
        if answer.status >= 400 and answer.content_type == "application/json":
            status = json.loads(answer.body)
            assert status["kind"] == "Status", shown
            assert status["code"] == answer.status, shown
        if index % 25 == 0:
            engine.advance(2)  # controllers meet whatever was let in
