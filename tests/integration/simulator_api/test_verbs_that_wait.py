"""Real kubectl verbs that wait for the cluster, against a server whose time passes when they do."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.intake import apply
from sandbox.simulator.pace import AUTO
from sandbox.simulator.server import ApiServer
from sandbox.simulator.settle import build, settle
from sandbox.simulator.store import Object
from sandbox.simulator.world import World
from tests.real_kubectl import binaries, run
from tests.unit.simulator_physics.labs import NS, obj, workload

WORLD = {
    "nodes": [{"name": "node1"}, {"name": "node2"}],
    "registry": [{"image": "acme/bad:1", "pull": "not-found"}],
}
GUARD = obj(
    "PodDisruptionBudget",
    "app",
    "policy/v1",
    spec={"minAvailable": 2, "selector": {"matchLabels": {"app": "app"}}},
)
SOON = 4.0
"""Real seconds in which a verb that ends well must have ended, on a busy machine."""

Kubectl = Callable[..., str]


def versions() -> list[str]:
    return sorted(
        binaries(), key=lambda text: [int(part) for part in text.split(".") if part.isdigit()]
    )


EDGES = sorted({*versions()[:1], *versions()[-1:]}) or ["none"]
"""The oldest and the newest: enough for verbs in which kubectl itself sleeps for seconds."""


@pytest.fixture(scope="module", params=versions() or ["none"])
def binary(request: pytest.FixtureRequest) -> Path:
    found = binaries().get(request.param)
    if found is None:
        pytest.skip("no kubectl on PATH")
    return found


@pytest.fixture
def server() -> Iterator[ApiServer]:
    start = datetime.now(UTC).replace(microsecond=0)
    engine = build(World.model_validate(WORLD), start, "verbs")
    apply(engine, workload("Deployment", replicas=3), NS)
    apply(engine, GUARD, NS)
    settle(engine, 60)
    with ApiServer(engine, PodLogs(engine), pace=AUTO) as server:
        yield server


@pytest.fixture
def kubectl(binary: Path, server: ApiServer, tmp_path: Path) -> Kubectl:
    def call(*argv: str, code: int = 0, within: float = SOON) -> str:
        began = time.monotonic()
        done = run(binary, server, tmp_path, NS, *argv)
        assert done.returncode == code, done.stdout + done.stderr
        assert time.monotonic() - began < within
        return done.stdout + done.stderr

    return call


def pods(server: ApiServer) -> list[Object]:
    return server.api.store.list("pods", NS)


def test_a_rollout_ends_and_is_undone(kubectl: Kubectl, server: ApiServer) -> None:
    kubectl("set", "image", "deployment/app", "app=acme/app:2")
    assert "successfully rolled out" in kubectl("rollout", "status", "deployment/app")
    kubectl("rollout", "restart", "deployment/app")
    assert "successfully rolled out" in kubectl("rollout", "status", "deployment/app")
    assert "rolled back" in kubectl("rollout", "undo", "deployment/app", "--to-revision=1")
    assert "successfully rolled out" in kubectl("rollout", "status", "deployment/app")
    history = kubectl("rollout", "history", "deployment/app")
    assert [line.split()[0] for line in history.splitlines()[2:] if line] == ["2", "3", "4"]
    assert {p["spec"]["containers"][0]["image"] for p in pods(server)} == {"acme/app:1"}


@pytest.mark.parametrize("binary", EDGES, indirect=True)
def test_a_stuck_rollout_exceeds_its_deadline_in_seconds(kubectl: Kubectl) -> None:
    kubectl("set", "image", "deployment/app", "app=acme/bad:1")
    said = kubectl("rollout", "status", "deployment/app", code=1, within=15)
    assert 'error: deployment "app" exceeded its progress deadline' in said


def test_waiting_for_conditions_and_deletions(kubectl: Kubectl, server: ApiServer) -> None:
    kubectl("scale", "deployment/app", "--replicas=5")
    kubectl("wait", "--for=condition=Available", "deployment/app", "--timeout=10s")
    kubectl("wait", "--for=jsonpath={.status.readyReplicas}=5", "deployment/app", "--timeout=10s")
    name = pods(server)[0]["metadata"]["name"]
    assert "deleted" in kubectl("delete", "pod", name)
    assert name not in kubectl("get", "pods")
    assert len(pods(server)) == 5
    kubectl("delete", "deployment", "app", "--cascade=foreground")
    assert not pods(server)
    assert "No resources found" in kubectl("get", "pods")


def test_deleting_what_ignores_sigterm_takes_its_grace_period(
    kubectl: Kubectl, server: ApiServer
) -> None:
    stubborn = {**WORLD, "apps": [{"image": "acme/app:1", "on_term": None}]}
    server.api.engine.world = World.model_validate(stubborn)
    kubectl("run", "mule", "--image=acme/app:1")
    kubectl("wait", "--for=condition=Ready", "pod/mule", "--timeout=10s")
    before = server.api.engine.now
    kubectl("delete", "pod", "mule")
    assert (server.api.engine.now - before).total_seconds() >= 30


@pytest.mark.parametrize("binary", EDGES, indirect=True)
def test_draining_respects_the_budget_and_ends(kubectl: Kubectl, server: ApiServer) -> None:
    assert "cordoned" in kubectl("cordon", "node1")
    assert "node/node1 drained" in kubectl("drain", "node1", "--timeout=20s", within=20)
    assert {p["spec"]["nodeName"] for p in pods(server)} == {"node2"}
    assert "uncordoned" in kubectl("uncordon", "node1")
    kubectl("patch", "pdb", "app", "-p", '{"spec":{"minAvailable":3}}')
    said = kubectl("drain", "node2", "--timeout=2s", code=1, within=20)
    assert "Cannot evict pod as it would violate the pod's disruption budget." in said
    assert len(pods(server)) == 3


def test_a_namespace_is_waited_for(kubectl: Kubectl) -> None:
    kubectl("create", "namespace", "brief")
    kubectl("create", "deployment", "web", "--image=acme/app:1", "-n", "brief")
    kubectl("wait", "--for=condition=Available", "deployment/web", "-n", "brief", "--timeout=10s")
    assert 'namespace "brief" deleted' in kubectl("delete", "namespace", "brief")
    assert "not found" in kubectl("get", "namespace", "brief", code=1)


def test_watching_shows_what_happens(binary: Path, server: ApiServer, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(server.kubeconfig_text(NS), encoding="utf-8")
    env = {"HOME": str(tmp_path), "KUBECONFIG": str(config), "PATH": os.devnull}
    log = tmp_path / "watch.txt"
    with log.open("w") as file:
        watching = subprocess.Popen(
            [str(binary), "get", "pods", "-w"], env=env, stdout=file, stderr=file
        )
        try:
            wait_for(lambda: log.read_text().count("Running") >= 3)
            name = pods(server)[0]["metadata"]["name"]
            done = run(binary, server, tmp_path, NS, "delete", "pod", name, "--wait=false")
            assert done.returncode == 0
            wait_for(lambda: "Terminating" in log.read_text())
            wait_for(lambda: log.read_text().count("1/1") >= 5)
        finally:
            watching.terminate()
            watching.wait(10)
    new = {p["metadata"]["name"] for p in pods(server)}
    seen = {line.split()[0] for line in log.read_text().splitlines()[1:]}
    assert new <= seen
    assert "<invalid>" not in log.read_text()


def wait_for(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)
