"""What first users stumbled over: scans, hidden parts, labels without namespace, symptoms called causes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.runs import RunStore
from sandbox.simulator.access import Rule
from tests.investigations import conclusion, investigate, served
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import load
from tools.errors import MagosError

pytestmark = pytest.mark.integration
READ = ("get", "list")
GROUPS = ("", "apps", "batch", "discovery.k8s.io", "storage.k8s.io")


@pytest.fixture
def forum(tmp_path: Path) -> Iterator[Path]:
    recording = load("service-selector")
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        yield kubeconfig


def test_a_scan_of_all_namespaces_sees_a_service_without_endpoints(
    forum: Path, tmp_path: Path
) -> None:
    report = investigate(tmp_path, kubeconfig=forum, all_namespaces=True)
    assert conclusion(report) == ("service.selector-mismatch", "Service/forum/threads")


def test_an_alert_without_namespace_is_about_the_object_it_names(
    forum: Path, tmp_path: Path
) -> None:
    labels = {"alertname": "HighRequestErrorRate", "service": "threads"}
    report = investigate(tmp_path, labels, kubeconfig=forum)
    assert conclusion(report) == ("service.selector-mismatch", "Service/forum/threads")
    labels = {"alertname": "KubeDeploymentReplicasMismatch", "deployment": "threads-apy"}
    report = investigate(tmp_path, labels, kubeconfig=forum)
    assert report.verdict == "not_found"
    assert "threads-api" in report.summary


def test_what_rbac_hides_is_not_called_healthy(tmp_path: Path) -> None:
    recording = load("service-selector")
    pods_only = [Rule(READ, GROUPS, ("pods", "namespaces"))]
    with served(
        recorded_store(recording), RecordedLogs(recording), tmp_path, rbac=pods_only
    ) as kubeconfig:
        report = investigate(tmp_path, kubeconfig=kubeconfig, namespace="forum")
    assert report.verdict == "inconclusive"
    assert report.blind_spots


def test_a_service_is_not_to_blame_for_pods_that_nobody_explained(tmp_path: Path) -> None:
    recording = load("pvc-pending")
    kinds = ("pods", "pods/log", "services", "endpointslices", "namespaces", "statefulsets")
    rules = [Rule(READ, GROUPS, kinds)]
    with served(
        recorded_store(recording), RecordedLogs(recording), tmp_path, rbac=rules
    ) as kubeconfig:
        report = investigate(tmp_path, kubeconfig=kubeconfig, namespace="tape-archive")
    assert report.verdict == "inconclusive"
    assert "ledgerdb" in report.summary


def test_a_question_about_nothing_known_says_so(tmp_path: Path) -> None:
    recording = load("healthy")
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        report = investigate(
            tmp_path, kubeconfig=kubeconfig, namespace="website", question="is aggregator slow"
        )
    assert any("No word of the question" in spot for spot in report.blind_spots)
    assert "Metrics" in report.summary


def test_a_run_that_could_not_begin_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(MagosError):
        investigate(tmp_path, kubeconfig=tmp_path / "absent", namespace="shop")
    assert RunStore(tmp_path / "state").ids() == []
