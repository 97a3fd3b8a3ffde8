"""The 15 faults and the control, served verbatim as a real Kubernetes 1.36 answered, found through a kubeconfig."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.investigations import conclusion, investigate, proves, served, strip
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import index, load

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("stripped", [False, True], ids=["labels", "stripped"])
@pytest.mark.parametrize("name", list(index()))
def test_verdict_of_a_recorded_cluster(name: str, stripped: bool, tmp_path: Path) -> None:
    recording = load(name)
    labels = strip(recording.alert) if stripped else recording.alert
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as kubeconfig:
        report = investigate(tmp_path, labels, kubeconfig=kubeconfig)
    wanted = (recording.cause, recording.object) if recording.cause else ("healthy", None)
    assert conclusion(report) == wanted, report.summary
    assert proves(report)
    assert not report.cluster.simulated
    assert all(move.verdict.decision == "allow" for move in report.moves)
