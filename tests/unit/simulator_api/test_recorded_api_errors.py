"""Every error that a real 1.36 server was recorded with, through the whole API of a live cluster."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.simulator import bootstrap
from sandbox.simulator.engine import still
from sandbox.simulator.inprocess import Client
from sandbox.simulator.store import Store
from tests.recording import FOLDER

RECORDED: list[dict[str, Any]] = json.loads(gzip.decompress((FOLDER / "api.json.gz").read_bytes()))
ERRORS = [item for item in RECORDED if item["status"] >= 400]
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def client() -> Client:
    engine = still(Store(lambda: AT))
    bootstrap.cluster(engine)
    bootstrap.namespace(engine, "website")
    return Client(engine)


def test_all_of_them_are_here() -> None:
    assert len(ERRORS) == 23


@pytest.mark.parametrize("item", ERRORS, ids=map(str, range(len(ERRORS))))
def test_the_answer_is_the_recorded_one(client: Client, item: dict[str, Any]) -> None:
    body = (item["body"] or "").encode()
    media = item["content_type_sent"] or "application/json"
    answer = client.request(item["method"], item["path"], body, content_type=media)
    assert answer.code == item["status"]
    if isinstance(item["response"], str):
        assert answer.text == item["response"]
    else:
        assert answer.body == item["response"]
