"""The refusals that a Kubernetes 1.36 server gave, and what decode and check say to the same."""

from __future__ import annotations

import copy
import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.defaults import defaulted
from sandbox.simulator.errors import ApiFailure, object_not_found
from sandbox.simulator.resources import BY_KIND
from sandbox.simulator.validation import check, invalid, strict

RECORDED = Path(__file__).parents[2] / "data" / "recordings" / "api.json.gz"
ROW = BY_KIND[("apps/v1", "Deployment")]
EXCHANGES = json.loads(gzip.decompress(RECORDED.read_bytes()))
WRITES = [e for e in EXCHANGES if e["method"] == "POST" and e["status"] in (400, 422)]
MISSING = [e for e in EXCHANGES if e["status"] == 404]


def answer(body: Any) -> Any:
    """The Status that the write path makes of a body, or None when it is fine."""
    try:
        obj = strict(ROW, body, "Strict").obj
        obj = defaulted({**obj, "metadata": {**obj["metadata"], "namespace": "website"}})
        problems = check(ROW, obj, None)
        if problems:
            raise invalid(ROW, obj["metadata"]["name"], problems)
    except ApiFailure as failure:
        return failure.status()
    return None


def test_there_are_as_many_as_were_recorded() -> None:
    assert (len(WRITES), len(MISSING)) == (19, 4)


@pytest.mark.parametrize("exchange", WRITES, ids=lambda e: e["response"]["message"][-60:])
def test_a_refusal_agrees_to_the_letter(exchange: Any) -> None:
    assert answer(json.loads(exchange["body"])) == exchange["response"]


@pytest.mark.parametrize("exchange", [e for e in MISSING if "deployments/none" in e["path"]])
def test_a_missing_object_agrees(exchange: Any) -> None:
    assert object_not_found(ROW, "none").status() == exchange["response"]


def test_a_missing_namespace_agrees() -> None:
    (exchange,) = [e for e in MISSING if e["path"] == "/api/v1/namespaces/nope/pods"]
    row = BY_KIND[("v1", "Namespace")]
    assert object_not_found(row, "nope").status() == exchange["response"]


def test_the_body_of_every_refusal_is_refused_for_one_thing_only() -> None:
    good = json.loads(WRITES[0]["body"])
    del good["spec"]["template"]["spec"]["containers"][0]["imag"]
    assert answer(good) is None


def test_reading_a_deployment_takes_less_than_a_millisecond() -> None:
    good = json.loads(WRITES[0]["body"])
    del good["spec"]["template"]["spec"]["containers"][0]["imag"]
    answer(copy.deepcopy(good))
    took = []
    for _ in range(50):
        start = time.perf_counter()
        answer(good)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.001
