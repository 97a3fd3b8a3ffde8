"""Discovery, Tables and errors against what a real server answered, request by request."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest

from tests.recorded_cluster import recorded_store
from tests.recording import FOLDER, load
from tests.simulated_api import Caller

AGE = re.compile(r"\d+[smhd](\d+[smhd])?")
RECORDED: list[dict[str, Any]] = json.loads(gzip.decompress((FOLDER / "api.json.gz").read_bytes()))
BY_PATH = {(item["method"], item["path"]): item for item in RECORDED if item["method"] == "GET"}
DISCOVERY = [
    item
    for item in RECORDED
    if item["method"] == "GET"
    and re.fullmatch(r"/apis?(/[^?]*)?", item["path"])
    and "namespaces" not in item["path"]
    and "foo.dev" not in item["path"]
]
TABLES = [item for item in RECORDED if "as=Table" in item["accept"]]
ERRORS = [item for item in RECORDED if item["method"] == "GET" and item["status"] >= 400]

# The recording of the control scenario is of the same namespace at the same time, so its rows can
# be compared; of the other kinds' objects only the columns.
WITH_ROWS = {"pods", "deployments", "replicasets", "services", "events", "endpointslices"}


@pytest.fixture(scope="module")
def call() -> Caller:
    return Caller(recorded_store(load("healthy")))


@pytest.mark.parametrize("item", DISCOVERY, ids=lambda item: item["path"] + item["accept"][16:40])
def test_discovery_agrees(call: Caller, item: dict[str, Any]) -> None:
    answer = call(item["path"], accept=item["accept"])
    assert answer.status == 200
    assert answer.type == item["content_type"]
    wanted = item["response"]
    if "serverAddressByClientCIDRs" in wanted:
        assert answer.body["versions"] == wanted["versions"]
    else:
        assert answer.body == wanted


@pytest.mark.parametrize("item", TABLES, ids=lambda item: item["path"].split("?")[0].split("/")[-1])
def test_tables_agree(call: Caller, item: dict[str, Any]) -> None:
    answer = call(item["path"], accept=item["accept"])
    wanted = item["response"]
    shown = [{**c, "description": ""} for c in wanted["columnDefinitions"]]
    assert answer.body["columnDefinitions"] == shown
    kind = item["path"].split("?")[0].split("/")[-1]
    if kind in WITH_ROWS:
        assert _cells(answer.body) == _cells(wanted)
    elif not wanted["rows"]:
        assert answer.body["rows"] == wanted["rows"]  # null or [], as recorded


def _cells(table: dict[str, Any]) -> list[list[Any]]:
    def shown(cell: Any) -> Any:
        return "AGE" if isinstance(cell, str) and AGE.fullmatch(cell) else cell

    return [[shown(cell) for cell in row["cells"]] for row in table["rows"]]


@pytest.mark.parametrize("item", ERRORS, ids=lambda item: item["path"])
def test_errors_agree(call: Caller, item: dict[str, Any]) -> None:
    answer = call(item["path"], accept=item["accept"])
    assert (answer.status, answer.type) == (item["status"], item["content_type"])
    assert answer.body == item["response"]


def test_a_namespace_that_does_not_exist_lists_nothing(call: Caller) -> None:
    answer = call("/api/v1/namespaces/nope/pods")
    assert answer.status == 200
    wanted = BY_PATH["GET", "/api/v1/namespaces/nope/pods"]["response"]
    assert {**answer.body, "metadata": {}} == {**wanted, "metadata": {}}


def test_the_access_review_agrees(call: Caller) -> None:
    item = next(item for item in RECORDED if "selfsubjectaccessreviews" in item["path"])
    body = json.loads(item["body"])
    answer = call(item["path"], "POST", body=body)
    wanted = item["response"]
    del wanted["metadata"]["managedFields"]
    assert answer.status == item["status"]
    assert answer.body == wanted


def test_version_says_what_was_recorded(call: Caller) -> None:
    ours, wanted = call("/version").body, BY_PATH["GET", "/version"]["response"]
    assert ours.keys() == wanted.keys()
    assert ours["gitVersion"] == wanted["gitVersion"]
