"""Real clients against the simulated server: every kubectl here, and the official Python client."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.access import Rule
from sandbox.simulator.engine import still
from sandbox.simulator.logs import NoLogs
from sandbox.simulator.server import ApiServer
from sandbox.simulator.store import Store
from tests import real_kubectl
from tests.recorded_cluster import RecordedLogs, moment, recorded_store
from tests.recording import load
from tests.simulated_api import crd

pytestmark = pytest.mark.integration
RECORDING = load("crash-missing-env")
NAMESPACE = RECORDING.namespace
with_kubectl = pytest.mark.skipif(not real_kubectl.binaries(), reason="no kubectl on PATH")


@pytest.fixture(scope="module")
def server() -> Iterator[ApiServer]:
    with ApiServer(still(recorded_store(RECORDING)), RecordedLogs(RECORDING)) as server:
        yield server


@with_kubectl
@pytest.mark.parametrize("version", list(real_kubectl.binaries()))
def test_every_kubectl_reads_waits_and_asks(
    server: ApiServer, tmp_path: Path, version: str
) -> None:
    binary = real_kubectl.binaries()[version]

    def kubectl(*argv: str) -> tuple[int, str, str]:
        done = real_kubectl.run(binary, server, tmp_path, NAMESPACE, *argv)
        return done.returncode, done.stdout, done.stderr

    code, out, _ = kubectl("get", "pods", "-o", "wide")
    assert code == 0
    assert out.split()[:5] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    code, out, _ = kubectl("describe", "deployment", "checkout")
    assert (code, "Replicas:" in out, "NewReplicaSet:" in out) == (0, True, True)
    assert kubectl("auth", "can-i", "delete", "nodes")[1] == "yes\n"
    code, out, error = kubectl("rollout", "status", "deployment/checkout", "--timeout=1s")
    assert (code, error) == (1, "error: timed out waiting for the condition\n")
    assert out.startswith('Waiting for deployment "checkout" rollout to finish: 0 of 2')
    code, out, _ = kubectl("explain", "deployment.spec.replicas")
    assert (code, "<integer>" in out) == (0, True)
    assert "isn't found" not in kubectl("events")[2]


@with_kubectl
def test_ages_are_those_of_the_virtual_cluster(server: ApiServer, tmp_path: Path) -> None:
    binary = real_kubectl.best()
    assert binary is not None
    created = datetime.fromisoformat(
        server.api.store.list("pods", NAMESPACE)[0]["metadata"]["creationTimestamp"]
    )
    virtual = (moment(RECORDING) - created).total_seconds()
    done = real_kubectl.run(binary, server, tmp_path, NAMESPACE, "get", "pods", "-o", "json")
    shown = json.loads(done.stdout)["items"][0]["metadata"]["creationTimestamp"]
    age = (datetime.now(UTC) - datetime.fromisoformat(shown)).total_seconds()
    # Rendered in whole seconds, and kubectl takes a moment to start and end.
    assert virtual - 1 <= age <= virtual + 3
    done = real_kubectl.run(binary, server, tmp_path, NAMESPACE, "get", "pods")
    assert done.stdout.splitlines()[1].split()[-1] == f"{virtual:.0f}s"


@with_kubectl
def test_kubectl_shows_refusals_and_custom_resources(tmp_path: Path) -> None:
    at = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    store = Store(lambda: at)
    store.put(crd())
    widget = {"apiVersion": "foo.dev/v1", "kind": "Widget", "metadata": {"name": "w"}}
    store.put({**widget, "spec": {"size": 7}})
    rules = [Rule(("get", "list"), ("", "foo.dev"), ("pods", "widgets"))]
    binary = real_kubectl.best()
    assert binary is not None
    with ApiServer(still(store), NoLogs(), rbac=rules, user="jane") as server:

        def kubectl(*argv: str) -> tuple[str, str]:
            done = real_kubectl.run(binary, server, tmp_path, "shop", *argv)
            return done.stdout, done.stderr

        assert kubectl("get", "wd")[0].split() == ["NAME", "SIZE", "w", "7"]
        assert kubectl("auth", "can-i", "list", "pods")[0] == "yes\n"
        assert kubectl("auth", "can-i", "list", "secrets")[0] == "no\n"
        listed = kubectl("auth", "can-i", "--list")[0]
        assert "widgets.foo.dev" in listed
        assert kubectl("get", "secrets")[1] == (
            'Error from server (Forbidden): secrets is forbidden: User "jane" cannot list '
            'resource "secrets" in API group "" in the namespace "shop"\n'
        )


def test_the_python_client_lists_and_watches(server: ApiServer, tmp_path: Path) -> None:
    # The client's types say that every field may be missing; Any keeps the test readable.
    client: Any = importlib.import_module("kubernetes.client")
    config: Any = importlib.import_module("kubernetes.config")
    watch: Any = importlib.import_module("kubernetes.watch")
    path = tmp_path / "config"
    path.write_text(server.kubeconfig_text(NAMESPACE), encoding="utf-8")
    with config.new_client_from_config(str(path)) as api:
        core = client.CoreV1Api(api)
        pods = core.list_namespaced_pod(NAMESPACE).items
        assert [pod.status.phase for pod in pods] == ["Running", "Running"]
        assert pods[0].metadata.creation_timestamp <= datetime.now(UTC) + timedelta(seconds=1)
        (deployment,) = client.AppsV1Api(api).list_namespaced_deployment(NAMESPACE).items
        assert deployment.spec.replicas == 2
        assert core.list_namespaced_event(NAMESPACE).items
        with pytest.raises(client.ApiException) as error:
            core.read_namespaced_pod("none", NAMESPACE)
        assert error.value.status == 404
        stream = watch.Watch().stream(
            core.list_namespaced_pod, NAMESPACE, timeout_seconds=1, resource_version="0"
        )
        assert [event["type"] for event in stream] == ["ADDED", "ADDED"]
        attributes = client.V1ResourceAttributes(verb="get", resource="pods")
        spec = client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
        asked = client.AuthorizationV1Api(api).create_self_subject_access_review(
            client.V1SelfSubjectAccessReview(spec=spec)
        )
        assert asked.status.allowed
