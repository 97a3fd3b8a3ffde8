"""Worker processes that die, hang or are stopped: it costs their case, never the run."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent.bench import pool, runner
from agent.bench.cases import Case
from agent.bench.contestant import AGENT
from agent.bench.pool import BenchError
from agent.bench.worker import Job, Outcome
from agent.modelsettings import OpenAI
from tests.bench_saboteur import DIES, EXITS, HANGS
from tests.chat_server import good, serving

SABOTAGED = Job(observer="tests.bench_saboteur:Saboteur")


def ignore(outcome: Outcome) -> None:
    pass


def test_a_dead_process_costs_its_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MARGIN", 0.0)
    cases = [Case("healthy", seed) for seed in (DIES, EXITS, HANGS, 1)]
    ran = runner.run(cases, [AGENT], SABOTAGED._replace(seconds=8.0), 2, ignore, threading.Event())
    assert not ran.partial
    results = {item.task.case.seed: item.result for item in ran.outcomes}
    assert results[DIES].got == "the worker process ended with signal 9"
    assert results[EXITS].got == "the worker process ended with status 7: out of luck"
    assert results[HANGS].got == "no answer within 8 s"
    assert [item.verdict for item in results.values()].count("error") == 3
    assert results[1].correct
    assert ran.summary(AGENT).errors == 3


def test_a_worker_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/home/me/.kube/production")
    monkeypatch.setenv("PROMETHEUS_URL", "http://prometheus.example")
    monkeypatch.setenv("MAGOS_NAMESPACE", "shop")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    ran = runner.run([Case("healthy", 1)], [AGENT], SABOTAGED, 1, ignore, threading.Event())
    seen = dict(line.split("=", 1) for line in ran.outcomes[0].observed)
    assert not {"PROMETHEUS_URL", "MAGOS_NAMESPACE", "AWS_SECRET_ACCESS_KEY"} & seen.keys()
    assert seen["HOME"] != os.environ.get("HOME")
    assert seen["KUBECONFIG"].startswith(seen["HOME"])
    assert not Path(seen["HOME"]).exists()  # removed with the run


def test_a_worker_asks_the_server_with_the_key_and_shows_it_nowhere() -> None:
    openai, key = OpenAI(api_key=SecretStr("k-very-secret")), "k-very-secret"
    with serving(good("kubectl get pods")) as server:
        openai.base_url = server.url + "/v1"
        job = SABOTAGED._replace(executor=openai.base_url, openai=openai)
        ran = runner.run([Case("oom-killed", 1)], [AGENT], job, 1, ignore, threading.Event())
    assert ran.outcomes[0].result.correct
    assert server.asked
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {key}"}
    assert key not in repr((job, ran))
    assert not any(key in line for line in ran.outcomes[0].observed)  # the worker's environment


def test_a_run_that_is_stopped_keeps_what_it_has() -> None:
    cancel = threading.Event()
    cases = [Case("healthy", 1), Case("healthy", HANGS), *(Case("healthy", n) for n in range(2, 9))]

    stopped: list[float] = []

    def stop(outcome: Outcome) -> None:
        cancel.set()
        stopped.append(time.monotonic())

    ran = runner.run(cases, [AGENT], SABOTAGED, 2, stop, cancel)
    assert time.monotonic() - stopped[0] < pool.GRACE + 5
    assert ran.partial
    assert 1 <= len(ran.outcomes) <= 2
    assert all(item.result.correct for item in ran.outcomes)


def test_processes_that_cannot_start_are_no_wrong_answers() -> None:
    job = Job(observer="tests.bench_saboteur:Unwilling")
    with pytest.raises(BenchError, match="RuntimeError: not today"):
        runner.run([Case("healthy", 1)], [AGENT], job, 1, ignore, threading.Event())
