"""What kubectl cannot tell is asked of a Prometheus where a run has one: by the playbook, and by a model.

A real Prometheus scrapes the simulated clusters, as in tests/integration/alerts.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("llguidance", reason="pip install 'magos-agent[local]'")

from agent import engine
from agent.executors.choose import Opened
from agent.incident import Alert
from agent.report import Report
from agent.request import Request
from agent.runs import RunStore
from agent.settings import load
from model.protocol import Backend, Completion, Grammar, Segment
from sandbox.prometheus import config
from sandbox.simulator.launch import Running, launch
from sandbox.simulator.pace import MANUAL, Pace, scaled
from tests import real_kubectl
from tests.grammar_samples import allows, matcher
from tests.services import Program, binary, free_port, get_json

PROMETHEUS = binary("prometheus")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed"),
    pytest.mark.skipif(binary("promtool") is None, reason="promtool is not installed"),
    pytest.mark.skipif(real_kubectl.best() is None, reason="kubectl is not installed"),
]
CASES: dict[str, Pace] = {"volume-full": MANUAL, "cpu-throttled-serving": scaled(20)}
"""Scenario, and how its time passes: a rate needs some, what stands still shows in a gauge."""
READY = (
    "kubelet_volume_stats_available_bytes",
    "rate(container_cpu_cfs_throttled_periods_total[5m]) > 0",
)
PATIENCE = 20.0


@dataclass
class Watched:
    """Clusters, and the Prometheus that watches them."""

    url: str
    clusters: dict[str, Running]

    def investigate(self, id: str, folder: Path, model: Backend | None = None) -> Report:
        """The scenario's own alert, to its report."""
        running = self.clusters[id]
        request = Request(
            alerts=[Alert(labels=dict(running.instance.alert))], kubeconfig=running.kubeconfig
        )
        return engine.investigate(
            request,
            RunStore(folder / "state"),
            load({"prometheus_url": self.url} if self.url else {}),
            lambda event: None,
            threading.Event(),
            model=Opened(model),
        )


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    assert PROMETHEUS
    folder, at = tmp_path_factory.mktemp("watched"), f"127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        clusters = {
            id: stack.enter_context(launch(f"sim:{id}", folder / id, pace=pace))
            for id, pace in CASES.items()
        }
        targets = [_target(id, running, folder) for id, running in clusters.items()]
        settings = folder / "prometheus.yml"
        settings.write_text(config.prometheus(targets, [], interval="1s"))
        arguments = config.prometheus_arguments(settings, folder / "tsdb", at)
        program = stack.enter_context(Program([PROMETHEUS, *arguments], folder / "log"))
        program.wait_for(f"http://{at}/-/ready", 20)
        end = time.monotonic() + PATIENCE
        for query in map(quote, READY):
            while not get_json(f"http://{at}/api/v1/query?query={query}")["data"]["result"]:
                assert time.monotonic() < end, program.tail()
                time.sleep(0.2)
        yield Watched(f"http://{at}", clusters)


def _target(id: str, running: Running, folder: Path) -> config.Cluster:
    ca, token = folder / f"{id}.ca.pem", folder / f"{id}.token"
    ca.write_text(running.server.ca_pem)
    token.write_text(running.server.token)
    nodes = [node.name for node in running.instance.world.nodes]
    return config.Cluster(id, running.server.url, ca, token, nodes)


@pytest.mark.parametrize(
    ("id", "said"),
    [("volume-full", "of its volume 0.0 % is free"), ("cpu-throttled-serving", "% of its periods")],
)
def test_a_metric_is_in_the_root_cause(
    id: str, said: str, watched: Watched, tmp_path: Path
) -> None:
    report = watched.investigate(id, tmp_path)
    expected = watched.clusters[id].instance.expect
    assert expected is not None
    assert report.root_cause is not None
    assert report.root_cause.id == expected.cause
    (query,) = [move for move in report.moves if move.kind == "promtool"]
    assert query.proposed_by == "playbook"
    assert query.exit_code == 0
    assert said in report.root_cause.summary, report.root_cause.summary


def test_without_a_prometheus_none_is_asked(watched: Watched, tmp_path: Path) -> None:
    report = Watched("", watched.clusters).investigate("volume-full", tmp_path)
    assert report.root_cause is not None
    assert {move.kind for move in report.moves} == {"kubectl"}


class Asking:
    """Knows what to ask of a Prometheus, and is unsure of all else."""

    name = "magos"

    def __init__(self, line: str) -> None:
        self._line = line

    def complete(
        self,
        prompt: Sequence[Segment],
        grammar: Grammar | None,
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        deadline_s: float | None = None,
    ) -> Completion:
        assert grammar is not None
        if not allows(matcher(grammar), self._line):
            return Completion(text="kubectl version", confidence=0.0)
        return Completion(text=self._line)


def test_a_models_query_goes_through_the_whole_run(watched: Watched, tmp_path: Path) -> None:
    instance = watched.clusters["volume-full"].instance
    metric = "kubelet_volume_stats_available_bytes"
    line = f"promtool query instant '{metric}{{namespace=\"{instance.namespace}\"}}'"
    report = watched.investigate("volume-full", tmp_path, Asking(line))
    assert report.root_cause is not None
    assert report.root_cause.id == "app.disk-full"
    queries = [move for move in report.moves if move.kind == "promtool"]
    # its answer is about a claim, which is not what the objective is about: the reference follows
    assert [move.proposed_by for move in queries] == ["magos", "playbook"]
    assert queries[0].text == line
    assert [move.exit_code for move in queries] == [0, 0]
    trajectory = (tmp_path / "state").rglob("trajectory.jsonl")
    (facts,) = [
        event["data"]["facts"]
        for event in map(json.loads, next(trajectory).read_text().splitlines())
        if event["type"] == "fact" and event["data"]["move"] == queries[0].id
    ]
    (fact,) = facts
    assert fact["name"] == "metric.sample"
    assert fact["subject"]["kind"] == "PersistentVolumeClaim"
    assert fact["value"]["value"] == 0
