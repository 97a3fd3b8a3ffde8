"""Every scenario of the simulator, launched and investigated: the right cause, or that nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.instance import ScenarioInstance
from sandbox.scenario import ids
from sandbox.simulator.launch import launch
from tests.investigations import STRIPPED, conclusion, investigate, proves, strip
from tests.podparts import NOW
from tests.remedies import wrong_steps

pytestmark = pytest.mark.integration

OTHER_SEED = 5
"""Of the seeds beside the recorded one (0) the first to be run."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Seed 0 with and without labels, then `--scenario-seeds` minus one more seeds, stripped."""
    count = metafunc.config.getoption("--scenario-seeds")
    runs = [(0, False), (0, True), *((OTHER_SEED + n, True) for n in range(count - 1))]
    metafunc.parametrize("name", ids())
    names = [f"{seed}-{'stripped' if bare else 'labels'}" for seed, bare in runs]
    metafunc.parametrize(("seed", "bare"), runs, ids=names)


def test_scenario(name: str, seed: int, bare: bool, tmp_path: Path) -> None:
    with launch(f"sim:{name}@{seed}", tmp_path, at=NOW) as running:
        instance = running.instance
        labels = strip(instance.alert) if bare else instance.alert
        assert set(STRIPPED) & set(instance.alert) <= set(labels)  # a node's alert has no namespace
        report = investigate(tmp_path, labels, kubeconfig=running.kubeconfig)
    assert conclusion(report) == wanted(instance, bare=bare), report.summary
    assert proves(report)
    assert not wrong_steps(report)
    outcome = instance.expect or instance.control
    assert outcome is not None
    assert {str(found.object) for found in report.other_findings} <= set(outcome.also)


def wanted(instance: ScenarioInstance, *, bare: bool) -> tuple[str, str | None]:
    """The right conclusion, from the whole alert or from its name and namespace alone."""
    if instance.expect is not None:
        return instance.expect.cause, str(instance.expect.ref)
    control = instance.control
    assert control is not None
    return (control.stripped if bare and control.stripped else control.verdict), None
