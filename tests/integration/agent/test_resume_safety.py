"""A resumed run goes on in the same cluster, with the same masks, and leaves no credentials behind."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent import engine
from agent.executors.modelled import ModelExecutor
from agent.incident import Alert
from agent.replay import replay
from agent.request import Budgets, Request
from agent.runs import RunStore
from agent.settings import load as load_settings
from agent.trajectory import Event
from model.protocol import Completion, Segment
from model.scripted import ScriptedBackend
from sandbox.simulator.access import Rule
from tests.investigations import conclusion, investigate, served
from tests.random_model import random_nano
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import load
from tools.errors import UsageError

pytestmark = pytest.mark.integration
SCRIPT = Path(__file__).parent / "killed_run.py"
ROOT = Path(__file__).parents[3]
LABELS = {"alertname": "KubePodCrashLooping", "namespace": "storefront"}


def interrupted(tmp_path: Path, kubeconfig: Path, executor: str = "auto") -> RunStore:
    """A run that was stopped after its second observation."""
    runs, cancel = RunStore(tmp_path / "state"), threading.Event()
    seen: list[str] = []

    def stop(event: Event) -> None:
        seen.append(event.type)
        if seen.count("observation") == 2:
            cancel.set()

    request = Request(alerts=[Alert(labels=LABELS)], kubeconfig=kubeconfig, executor=executor)
    report = engine.investigate(request, runs, load_settings({}), stop, cancel)
    assert report.stop_reason == "interrupted"
    return runs


def test_another_cluster_behind_the_kubeconfig_is_refused(tmp_path: Path) -> None:
    recording = load("crash-missing-env")
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        runs = interrupted(tmp_path, kubeconfig)
    with (
        served(recorded_store(recording), RecordedLogs(recording), tmp_path),
        pytest.raises(UsageError, match="now leads to"),
    ):
        engine.resume(runs.ids()[0], runs, load_settings({}), lambda event: None, threading.Event())


def test_an_interrupted_run_is_finished_and_its_mask_key_is_gone(tmp_path: Path) -> None:
    recording = load("crash-missing-env")
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        runs = interrupted(tmp_path, kubeconfig)
        run = runs.open("latest")
        key = run.mask_key()
        assert run.mask_key() == key
        assert (run.path / "mask.key").stat().st_mode & 0o077 == 0
        report = engine.resume(
            run.run_id, runs, load_settings({}), lambda event: None, threading.Event()
        )
    assert conclusion(report)[0] == "config.env-missing"
    assert not (run.path / "mask.key").exists()


def test_a_run_whose_model_is_gone_goes_on_without_it(tmp_path: Path) -> None:
    weights = random_nano(tmp_path / "random.gguf", layers=1)
    recording, settings = load("crash-missing-env"), load_settings({})
    rest = (settings, lambda event: None, threading.Event())
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        runs = interrupted(tmp_path, kubeconfig, str(weights))
        weights.unlink()
        (run_id,) = runs.ids()
        with pytest.raises(UsageError, match="there is no such file"):
            engine.resume(run_id, runs, *rest)
        report = engine.resume(run_id, runs, *rest, executor="none")
    assert conclusion(report)[0] == "config.env-missing"


class Stopped:
    """A model during whose second answer somebody presses Ctrl-C."""

    name = "magos"

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self.asked = 0

    def complete(self, prompt: Sequence[Segment], grammar: object, **_: object) -> Completion:
        self.asked += 1
        if self.asked == 2:
            self._cancel.set()
            return Completion(text="kubectl get", stopped="cancelled")
        return Completion(text="kubectl get pods -n storefront -o json")


def test_what_a_model_said_when_it_was_cut_off_is_not_kept(tmp_path: Path) -> None:
    recording, cancel = load("crash-missing-env"), threading.Event()
    backend = Stopped(cancel)
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        stopped = investigate(
            tmp_path, LABELS, kubeconfig=kubeconfig, executor=ModelExecutor(backend), cancel=cancel
        )
    assert (stopped.stop_reason, backend.asked) == ("interrupted", 2)
    said = RunStore(tmp_path / "state").open("latest").events()
    assert not any("cancelled" in str(event.data) for event in said)
    assert not any("cancelled" in note for note in stopped.degraded)


def test_a_proposal_that_a_kill_made_twice_is_replayed_once(tmp_path: Path) -> None:
    recording = load("crash-missing-env")
    model = ScriptedBackend(["kubectl get podz -n storefront", "rm -rf /"] * 20, name="magos")
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        investigate(tmp_path, LABELS, kubeconfig=kubeconfig, executor=ModelExecutor(model))
    runs = RunStore(tmp_path / "state")
    assert not replay("latest", runs, load_settings({})).differences
    path = runs.open("latest").trajectory_path
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    twice = (2 if json.loads(line)["type"] == "proposal" else 1 for line in lines)
    path.write_text("".join(line * n for line, n in zip(lines, twice, strict=True)), "utf-8")
    assert not replay("latest", runs, load_settings({})).differences


def test_a_killed_run_leaves_no_credentials_for_long(tmp_path: Path) -> None:
    recording, state = load("crash-missing-env"), tmp_path / "state"
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        command = [sys.executable, str(SCRIPT), str(state), str(kubeconfig), "1"]
        assert subprocess.run(command, cwd=ROOT, timeout=60).returncode == -9
        assert list(state.glob("runs/*/scratch/access/token"))
        investigate(tmp_path, LABELS, kubeconfig=kubeconfig)  # any new run sweeps
        assert not list(state.glob("runs/*/scratch"))


def test_replay_of_a_run_that_may_not_list_secrets(tmp_path: Path) -> None:
    recording = load("secret-volume-missing")
    everything_but_secrets = [
        Rule(("get", "list"), ("", "apps", "batch", "discovery.k8s.io"), kinds)
        for kinds in [
            ("pods", "pods/log", "events", "services", "configmaps", "namespaces", "deployments",
             "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "endpointslices")
        ]
    ]  # fmt: skip
    labels = {"alertname": "KubeContainerWaiting", "namespace": "identity"}
    with served(
        recorded_store(recording), RecordedLogs(recording), tmp_path, rbac=everything_but_secrets
    ) as kubeconfig:
        report = investigate(tmp_path, labels, kubeconfig=kubeconfig)
    assert conclusion(report)[0] == "config.object-missing"
    again = replay(report.run_id, RunStore(tmp_path / "state"), load_settings({}))
    assert again.differences == []


def test_replay_of_a_run_cut_short_ends_where_its_record_ends(tmp_path: Path) -> None:
    recording = load("crash-missing-env")
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        runs = interrupted(tmp_path, kubeconfig)
    result = replay(runs.ids()[0], runs, load_settings({}))
    assert not [text for text in result.differences if "not recorded" in text]


def test_budgets_are_kept(tmp_path: Path) -> None:
    report = investigate(tmp_path, cluster="sim:oom-killed", budgets=Budgets(moves=2))
    assert report.stop_reason == "budget_moves"
    assert report.usage.moves == 2
