"""doctor asks a model server which model would answer, and says what to do when none would."""

from __future__ import annotations

import pytest

from agent.doctor.check import Check
from agent.doctor.model import check_model
from agent.settings import load
from tests.chat_server import Reply, error, http, serving

pytestmark = pytest.mark.integration
MODELS = Reply(http(b'{"data": [{"id": "first"}, {"id": "second"}]}'))


def check(url: str) -> Check:
    return check_model(load({"executor": url}))


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_a_server_that_answers(end: str) -> None:
    with serving(MODELS) as server:
        found = check(server.url + end)
    assert found.status == "ok"
    assert f"executor first at {server.url}/v1" in found.detail
    assert [asked.path for asked in server.asked] == ["/v1/models"]


BAD = {
    "no such path": (Reply(http(b"404 page not found", 404)), "ends in /v1"),
    "a web page": (Reply(http(b"<html>", kind="text/html")), "web page"),
    "no model": (Reply(http(b'{"data": []}')), "lists no model"),
    "a key is wanted": (error(401, "no key"), "401: no key"),
    "busy": (error(503, "loading the model"), "503: loading the model"),
}


@pytest.mark.parametrize("how", BAD)
def test_a_server_that_does_not(how: str) -> None:
    reply, says = BAD[how]
    with serving(reply) as server:
        found = check(server.url + "/api" * (how == "no such path"))
    assert (found.status, "http://HOST:PORT/v1" in found.fix) == ("warn", True)
    assert says in found.detail


def test_nobody_listens() -> None:
    found = check("http://127.0.0.1:1")
    assert found.status == "warn"
    assert "Ollama on 11434" in found.detail


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://u:secret@127.0.0.1:8080/v1"])
def test_what_is_no_address(url: str) -> None:
    found = check(url)
    assert found.status == "warn"
    assert "secret" not in found.detail + found.fix
