"""A real llama.cpp server (llama-cpp-python's own), with a model that says noise."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema_rs
import pytest

from agent import engine
from agent.request import Budgets, Request
from agent.runs import RunStore
from agent.settings import load
from agent.trajectory import Event
from model.http import HttpBackend
from model.prompt import render
from model.protocol import Grammar, PromptState
from tests.investigations import conclusion, investigate
from tests.random_model import random_nano

pytestmark = pytest.mark.integration
PROMPT = render(PromptState(objective="Look at the pods.", facts=("pods = 3",)), "magos")
SCHEMA = {
    "type": "object",
    "properties": {"verb": {"enum": ["get", "describe"]}},
    "required": ["verb"],
    "additionalProperties": False,
}
STARTS_S = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # f32, since this server cannot turn llama.cpp's AMX kernels off, which crash where the kernel grants no tiles
    path = tmp_path_factory.mktemp("weights") / "random-nano.gguf"
    weights = random_nano(path, precision="f32")
    why = "no llama.cpp server: pip install 'llama-cpp-python[server]'"
    pytest.importorskip("llama_cpp.server.app", reason=why, exc_type=ImportError)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["--model", str(weights), "--host", "127.0.0.1", "--port", str(port), "--n_ctx", "2048"]
    command = [sys.executable, "-m", "llama_cpp.server", *words]
    log = weights.with_name("server.log")
    with (
        log.open("w") as out,
        subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        try:
            ends = time.monotonic() + STARTS_S
            while not _up(url):
                assert process.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < ends, log.read_text()[-2000:]
                time.sleep(0.2)
            yield url
        finally:
            process.kill()


def _up(url: str) -> bool:
    try:
        return httpx.get(url + "/v1/models", timeout=1, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_it_answers(server: str) -> None:
    with HttpBackend(server) as backend:
        answer = backend.complete(PROMPT, None, max_tokens=12, deadline_s=30)
    assert answer.text
    assert answer.prompt_tokens > 10
    assert answer.stopped in ("done", "length")


def test_it_tells_how_unsure_it_is(server: str) -> None:
    with HttpBackend(server) as backend:
        answer = backend.complete(PROMPT, None, max_tokens=12, temperature=1.0, deadline_s=30)
    assert answer.confidence is not None
    assert answer.min_probability is not None
    assert 0 < answer.min_probability <= answer.confidence < 0.9  # noise: no token is likely


def test_a_schema_is_kept(server: str) -> None:
    grammar = Grammar(syntax="json", text=json.dumps(SCHEMA))
    with HttpBackend(server) as backend:
        for _ in range(3):
            answer = backend.complete(
                PROMPT, grammar, max_tokens=64, temperature=1.0, deadline_s=30
            )
            assert answer.stopped == "done"
            jsonschema_rs.validate(SCHEMA, json.loads(answer.text))


def test_it_can_be_cancelled(server: str) -> None:
    cancel = threading.Event()
    cancel.set()
    with HttpBackend(server) as backend:
        assert backend.complete(PROMPT, None, cancel=cancel).stopped == "cancelled"


def test_an_investigation_with_it_ends_as_without(server: str, tmp_path: Path) -> None:
    without = investigate(tmp_path, cluster="sim:oom-killed@3")
    request = Request(cluster="sim:oom-killed@3", executor=server, budgets=Budgets(seconds=120))
    runs = RunStore(tmp_path / "state")
    events: list[Event] = []
    report = engine.investigate(request, runs, load({}), events.append, threading.Event())
    assert conclusion(report) == conclusion(without)
    asked = [e.data["model"] for e in events if e.type == "proposal" and e.data.get("model")]
    assert asked
    whys = ("not whole (length)", "unsure of its move", "were rejected", "cannot answer")
    assert any(why in note for note in report.degraded for why in whys), report.degraded
