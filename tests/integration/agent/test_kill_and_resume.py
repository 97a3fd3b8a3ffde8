"""kill -9 after every node of a run, then resume: the same verdict, and no finished move is run again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from agent import settings
from agent.replay import replay
from agent.runs import RunFolder, RunStore
from sandbox.simulator.logs import LogAnswer, LogQuery
from tests.investigations import conclusion, investigate, proves, served
from tests.random_model import random_nano
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import load

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SCRIPT = Path(__file__).parent / "killed_run.py"
ROOT = Path(__file__).parents[3]
MOST_NODES = 80


class CountedLogs(RecordedLogs):
    """Counts how often each log was asked for, which only a `kubectl logs` that ran does."""

    def __init__(self) -> None:
        super().__init__(load("crash-missing-env"))
        self.asked: Counter[tuple[str, str, bool]] = Counter()

    def log(self, query: LogQuery) -> LogAnswer:
        self.asked[query.pod, query.container, query.previous] += 1
        return super().log(query)


def run_killed(state: Path, target: str, nodes: int = 1, **variables: str) -> int:
    """Start a run and resume it after every kill, until it ends by itself; how often it was killed."""
    kills = 0
    while kills < MOST_NODES:
        runs = RunStore(state).ids()
        command = [sys.executable, str(SCRIPT), str(state), target, str(nodes), *runs[:1]]
        environment = os.environ | {"XDG_CACHE_HOME": f"{state}.cache"} | variables
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=environment
        )
        if done.returncode == 0:
            return kills
        assert done.returncode == -9, done.stderr
        kills += 1
    raise AssertionError("the run never ended")


def test_killed_after_every_node(tmp_path: Path) -> None:
    state, logs = tmp_path / "killed", CountedLogs()
    with served(recorded_store(load("crash-missing-env")), logs, tmp_path) as kubeconfig:
        labels = {"alertname": "KubePodCrashLooping", "namespace": "storefront"}
        whole = investigate(tmp_path, labels, kubeconfig=kubeconfig)
        asked_by_whole_run = dict(logs.asked)
        logs.asked.clear()
        kills = run_killed(state, str(kubeconfig))
    runs = RunStore(state)
    report = runs.open("latest").report()
    assert kills > 25
    assert conclusion(report) == conclusion(whole)
    assert proves(report)
    assert [move.text for move in report.moves] == [move.text for move in whole.moves]
    assert report.usage.moves == whole.usage.moves
    assert dict(logs.asked) == asked_by_whole_run


def test_a_killed_run_of_a_simulated_cluster_finds_the_same_cluster_again(tmp_path: Path) -> None:
    state = tmp_path / "state"
    command = [sys.executable, str(SCRIPT), str(state), "sim:oom-killed@3", "1"]
    for _ in range(4):
        runs = RunStore(state).ids()
        killed = subprocess.run([*command, *runs[:1]], cwd=ROOT, capture_output=True, timeout=60)
        assert killed.returncode == -9
    (run_id,) = RunStore(state).ids()
    environment_script = (
        "import sys; from agent.cli import main; sys.argv = ['magos-agent', *sys.argv[1:]]; main()"
    )
    resumed = subprocess.run(
        [sys.executable, "-c", environment_script, "resume", run_id, "-o", "json", "-q"],
        cwd=ROOT,
        env={"MAGOS_STATE_DIR": str(state), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert resumed.returncode == 0, resumed.stderr
    report = RunStore(state).open(run_id).report()
    assert conclusion(report)[0] == "memory.limit-too-low"
    assert proves(report)


def test_a_killed_run_tells_its_model_the_same(tmp_path: Path) -> None:
    """Every move of a model that only guesses is taken, so a forgotten word would lead elsewhere."""
    weights = random_nano(tmp_path / "random-nano.gguf")
    variables = {
        "MAGOS_EXECUTOR": str(weights),
        "MAGOS_LLAMA_MIN_CONFIDENCE": "0",
        "MAGOS_LLAMA_THREADS": "1",
    }
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert run_killed(whole, "sim:oom-killed@3", 1000, **variables) == 0
    assert run_killed(killed, "sim:oom-killed@3", 16, **variables) > 2
    (one,), (other,) = ([RunStore(s).open("latest")] for s in (whole, killed))
    assert asked(other) == asked(one)
    assert len(asked(one)) > 3
    assert conclusion(other.report()) == conclusion(one.report())
    moves = [[(m.text, m.proposed_by) for m in run.report().moves] for run in (one, other)]
    assert moves[0] == moves[1]
    assert "custom" in {by for _, by in moves[0]}
    replayed = replay(other.run_id, RunStore(killed), settings.load({}))
    assert not replayed.differences


def asked(run: RunFolder) -> list[tuple[str, str]]:
    """Prompt and answer of every time that the model was asked."""
    lines = (run.path / "trajectory.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line)["data"].get("model") for line in lines]
    return [(record["prompt"], record["answer"]) for record in records if record]
