"""Large namespaces: causes are found from tables, with few calls, in bounded time and memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console import SCRIPT, Console, Ended
from tests.crowded_cluster import CrowdedLogs, crowd, crowded_store
from tests.investigations import conclusion, investigate, proves, served, strip
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import load

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(not SCRIPT.exists(), reason="install the project: pip install -e ."),
]
TELLING = (
    "crash-missing-env",
    "readiness-wrong-port",
    "pvc-pending",
    "quota-no-pods",
    "service-selector",
    "init-waits",
    "job-failed",
    "healthy",
)
"""Recordings that a table shows each in its own way, or hardly."""
CPU_SECONDS = 12.0
"""Measured 7, of the agent and its kubectls; the wall time of a quiet machine is about as much."""
MOST_MOVES = 12
MOST_MIB = 256.0
"""A run in a small namespace takes 125 MiB; the rest is 2,000 pods and what is known of them."""


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("crowd")
    store = crowded_store()
    assert len(store.list("pods", "storefront")) >= 2000
    with served(store, CrowdedLogs(), folder) as path:
        yield path


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return Console(tmp_path_factory.mktemp("console") / "home")


def found(ended: Ended) -> None:
    """The recorded cause, for the whole Deployment and with nothing else called broken."""
    assert ended.status == 0, ended.stderr
    report = ended.report
    assert report["root_cause"]["id"] == "config.env-missing"
    assert report["root_cause"]["object"]["name"] == "checkout"
    assert report["impact"]["summary"].startswith("0 of 10 replicas ready")
    assert report["other_findings"] == []
    assert report["usage"]["moves"] <= MOST_MOVES
    assert ended.cpu_seconds <= CPU_SECONDS
    assert ended.peak_mib <= MOST_MIB


@pytest.mark.parametrize(
    "scope",
    [
        (
            "--alert=KubeDeploymentReplicasMismatch",
            "--label=deployment=checkout",
            "-n",
            "storefront",
        ),
        ("-A",),
    ],
    ids=["deployment", "cluster"],
)
def test_one_failing_workload_among_200(
    console: Console, kubeconfig: Path, scope: tuple[str, ...]
) -> None:
    ended = console.investigate("--kubeconfig", kubeconfig, *scope)
    found(ended)
    lists = [
        m["text"] for m in ended.report["moves"] if re.search(r"get (pods|events)\b", m["text"])
    ]
    for text in lists:  # no list of whole pod objects, no list of every event
        assert "-o wide" in text or "--field-selector" in text
    assert len(lists) <= 4
    pods = {
        text for m in ended.report["moves"] if (text := m["text"]).startswith("kubectl get pod ")
    }
    assert len(pods) == 1  # of ten that fail alike


@pytest.mark.parametrize("name", TELLING)
def test_a_recorded_fault_in_a_namespace_that_is_read_as_tables(name: str, tmp_path: Path) -> None:
    recording = load(name)
    store = recorded_store(recording)
    crowd(store, recording.namespace, workloads=31, pods=10, eventful=5)
    with served(store, RecordedLogs(recording), tmp_path) as kubeconfig:
        report = investigate(tmp_path, strip(recording.alert), kubeconfig=kubeconfig)
    wanted = (recording.cause, recording.object) if recording.cause else ("healthy", None)
    assert conclusion(report) == wanted, report.summary
    assert proves(report)
    assert any("--show-labels" in move.text for move in report.moves)
