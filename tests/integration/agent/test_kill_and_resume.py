"""kill -9 after every node of a run, then resume: the same verdict, and no finished move is run again."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from agent.runs import RunStore
from sandbox.simulator.logs import LogAnswer, LogQuery
from tests.investigations import conclusion, investigate, proves, served
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


def run_killed(state: Path, target: str) -> int:
    """Start a run and resume it after every kill, until it ends by itself; how often it was killed."""
    kills = 0
    while kills < MOST_NODES:
        runs = RunStore(state).ids()
        command = [sys.executable, str(SCRIPT), str(state), target, *runs[:1]]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
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
    command = [sys.executable, str(SCRIPT), str(state), "sim:oom-killed@3"]
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
