"""A simulated cluster reached through its kubeconfig, as a kept demo is."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.render.text import text
from sandbox.simulator.launch import launch
from tests.investigations import investigate

pytestmark = pytest.mark.integration


def test_its_report_says_simulated(tmp_path: Path) -> None:
    with launch("sim:crash-missing-env@3", tmp_path / "kept") as running:
        report = investigate(tmp_path, dict(running.instance.alert), kubeconfig=running.kubeconfig)
    assert report.verdict == "root_cause"
    assert report.cluster.simulated
    assert any("simulated cluster" in note for note in report.degraded)
    assert "SIMULATED CLUSTER" in text(report)
