"""From a broken cluster to its root cause, the way it goes at night: the simulated clusters are scraped
by a real Prometheus, our rules fire, a real Alertmanager posts to a webhook, and the body it posts is what
`magos-agent investigate --alert-file -` starts from.

One Prometheus watches all clusters. One of them lives, the others stand still: their fault is the same
either way, and what is investigated does not move.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.instance import ScenarioInstance
from sandbox.prometheus import config
from sandbox.prometheus.rules import alerts, load, shortened, text
from sandbox.scenario import load as scenario
from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.launch import populate
from sandbox.simulator.pace import MANUAL, Pace, scaled
from sandbox.simulator.server import ApiServer
from tests import real_kubectl
from tests.services import Program, Webhook, binary, free_port, get_json

PROMETHEUS = binary("prometheus")
ALERTMANAGER = binary("prometheus-alertmanager", "alertmanager")
MAGOS = Path(sys.executable).parent / "magos-agent"
FACTOR = 300
"""A quarter of an hour becomes three seconds, an hour twelve."""
INTERVAL = "2s"
"""Between two scrapes, which may take as long: other tests keep this machine busy."""
PATIENCE = 90.0
"""Seconds for all alerts to arrive; they take about 25."""

CASES: dict[str, Pace] = {
    "crash-missing-env": scaled(4),
    "image-not-found": MANUAL,
    "job-failed": MANUAL,
    "pvc-pending": MANUAL,
    "quota-no-pods": MANUAL,
    "unschedulable-cpu": MANUAL,
}
"""Scenario, and how its time passes; every one has another alert."""

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed"),
    pytest.mark.skipif(ALERTMANAGER is None, reason="prometheus-alertmanager is not installed"),
    pytest.mark.skipif(real_kubectl.best() is None, reason="kubectl is not installed"),
    pytest.mark.skipif(not MAGOS.exists(), reason="install the project: pip install -e ."),
]


@dataclass
class Watched:
    """Clusters under watch, and what the webhook has received from them."""

    folder: Path
    instances: dict[str, ScenarioInstance]
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By scenario: the body that brought its own alert."""
    prometheus: str = ""
    """Where Prometheus answers."""
    logs: list[Program] = field(default_factory=list)

    def note(self, body: dict[str, Any]) -> None:
        """Keep a body that brings a scenario's own alert."""
        for alert in body["alerts"]:
            labels = alert["labels"]
            for id, instance in self.instances.items():
                if labels.get("cluster") == id and instance.alert.items() <= labels.items():
                    self.bodies.setdefault(id, body)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    with ExitStack() as stack:
        found = Watched(folder, {id: scenario(id) for id in CASES})
        clusters = [stack.enter_context(_Served(found, id)).cluster for id in CASES]
        hook = stack.enter_context(Webhook())
        _start(stack, found, clusters, hook)
        end = time.monotonic() + PATIENCE
        while len(found.bodies) < len(CASES) and time.monotonic() < end:
            try:
                found.note(hook.bodies.get(timeout=0.5))
            except queue.Empty:
                continue
        yield found


class _Served:
    """A scenario's cluster behind HTTPS, with the files that its clients need."""

    def __init__(self, found: Watched, id: str) -> None:
        instance, folder = found.instances[id], found.folder
        engine = populate(instance, datetime.now(UTC))
        self._server = ApiServer(engine, PodLogs(engine), pace=CASES[id])
        ca, token = folder / f"{id}.ca.pem", folder / f"{id}.token"
        ca.write_text(self._server.ca_pem)
        token.write_text(self._server.token)
        (folder / f"{id}.kubeconfig").write_text(self._server.kubeconfig_text(instance.namespace))
        nodes = [node.name for node in instance.world.nodes]
        self.cluster = config.Cluster(id, self._server.url, ca, token, nodes)

    def __enter__(self) -> _Served:
        self._server.serve()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()


def _start(stack: ExitStack, found: Watched, clusters: list[config.Cluster], hook: Webhook) -> None:
    """Alertmanager and Prometheus, ready to work."""
    assert PROMETHEUS
    assert ALERTMANAGER
    folder = found.folder
    manager, watcher = (f"127.0.0.1:{free_port()}" for _ in range(2))
    files = {
        "rules.yaml": text(shortened(load(), FACTOR)),
        "alertmanager.yml": config.alertmanager(hook.url, wait="1s", interval="2s"),
        "prometheus.yml": config.prometheus(
            clusters, [folder / "rules.yaml"], manager, interval=INTERVAL
        ),
    }
    for name, content in files.items():
        (folder / name).write_text(content)
    arguments = config.alertmanager_arguments(folder / "alertmanager.yml", folder / "am", manager)
    program = stack.enter_context(Program([ALERTMANAGER, *arguments], folder / "alertmanager.log"))
    program.wait_for(f"http://{manager}/-/ready", 20)
    arguments = config.prometheus_arguments(folder / "prometheus.yml", folder / "tsdb", watcher)
    other = stack.enter_context(Program([PROMETHEUS, *arguments], folder / "prometheus.log"))
    other.wait_for(f"http://{watcher}/-/ready", 20)
    found.prometheus = f"http://{watcher}"
    found.logs = [program, other]


def test_every_scenario_here_has_another_alert() -> None:
    names = [scenario(id).alert["alertname"] for id in CASES]
    assert len(set(names)) == len(names)


def test_every_target_is_up(watched: Watched) -> None:
    end = time.monotonic() + 20
    targets: list[dict[str, Any]] = []
    while time.monotonic() < end:
        targets = get_json(f"{watched.prometheus}/api/v1/targets")["data"]["activeTargets"]
        if {target["health"] for target in targets} == {"up"}:
            break
        time.sleep(0.5)
    assert len(targets) >= 3 * len(CASES)
    assert {target["health"] for target in targets} == {"up"}, targets


def test_scrapes_are_quick(watched: Watched) -> None:
    """Median over all targets: a tenth of a second leaves room for a busy machine."""
    query = f"{watched.prometheus}/api/v1/query?query=quantile(0.5,scrape_duration_seconds)"
    assert float(get_json(query)["data"]["result"][0]["value"][1]) < 0.1


def test_rules_evaluate_without_error(watched: Watched) -> None:
    groups = get_json(f"{watched.prometheus}/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > len(alerts(load()))
    assert {rule["health"] for rule in rules} == {"ok"}, [r for r in rules if r["health"] != "ok"]


@pytest.mark.parametrize("id", CASES)
def test_the_alert_leads_to_the_root_cause(id: str, watched: Watched, private_home: Path) -> None:
    body = watched.bodies.get(id)
    if body is None:
        pytest.fail(f"no alert of {id} arrived; {_state(watched)}")
    kubectl = real_kubectl.best()
    assert kubectl
    expected = watched.instances[id].expect
    assert expected
    # kubectl may be a link to a program that looks at its own name, hence a folder for it alone
    (private_home / "bin").mkdir()
    (private_home / "bin" / "kubectl").symlink_to(kubectl)
    done = subprocess.run(
        [
            *(str(MAGOS), "investigate", "--alert-file", "-", "-o", "json", "-q"),
            *("--kubeconfig", str(watched.folder / f"{id}.kubeconfig")),
        ],
        input=json.dumps(body),
        env={**os.environ, "PATH": f"{private_home / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=private_home,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["verdict"] == "root_cause", report["ruled_out"]
    cause = report["root_cause"]
    object_ = "/".join(cause["object"][part] for part in ("kind", "namespace", "name"))
    assert (cause["id"], object_) == (expected.cause, expected.object)
    raised = {alert["labels"]["alertname"] for alert in body["alerts"]}
    assert raised == {watched.instances[id].alert["alertname"]}


def _state(watched: Watched) -> str:
    """What helps to see why an alert is missing."""
    pending = get_json(f"{watched.prometheus}/api/v1/alerts")["data"]["alerts"]
    shown = [(a["state"], a["labels"].get("cluster"), a["labels"]["alertname"]) for a in pending]
    logs = "\n".join(program.tail(1500) for program in watched.logs)
    return f"Prometheus has {sorted(shown)}; logs:\n{logs}"
