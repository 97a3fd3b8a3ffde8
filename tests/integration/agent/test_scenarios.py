"""Every scenario of the simulator, told by the name of its alert alone: the right cause, or that nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.scenario import ids
from sandbox.simulator.launch import launch
from tests.investigations import STRIPPED, investigate, strip
from tests.podparts import NOW
from tests.scenario_reports import mistakes

pytestmark = pytest.mark.integration

OTHER_SEED = 5
"""Of the seeds beside the recorded one (0) the first to be run."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Seed 0, then `--scenario-seeds` minus one more."""
    count = metafunc.config.getoption("--scenario-seeds")
    metafunc.parametrize("name", ids())
    metafunc.parametrize("seed", [0, *(OTHER_SEED + n for n in range(count - 1))])


def test_scenario(name: str, seed: int, tmp_path: Path) -> None:
    with launch(f"sim:{name}@{seed}", tmp_path, at=NOW) as running:
        instance = running.instance
        labels = strip(instance.alert)
        assert set(STRIPPED) & set(instance.alert) <= set(labels)  # a node's alert has no namespace
        report = investigate(tmp_path, labels, kubeconfig=running.kubeconfig)
    assert not mistakes(report, instance, stripped=True)
