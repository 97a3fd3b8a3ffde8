"""Every cause of the catalogue, found with the real kubectl in a cluster that has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.playbook import load_catalogue
from tests.broken import (
    Broken,
    automation,
    connections,
    control,
    displaced,
    placement,
    programs,
    starts,
    surroundings,
)
from tests.investigations import conclusion, investigate, proves, served
from tests.remedies import wrong_steps

pytestmark = pytest.mark.integration

CASES = (
    *programs.CASES,
    *starts.CASES,
    *automation.CASES,
    *connections.CASES,
    *control.CASES,
    *placement.CASES,
    *displaced.CASES,
    *surroundings.CASES,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_cause_is_found_and_told(case: Callable[[], Broken], tmp_path: Path) -> None:
    broken = case()
    labels = {"alertname": broken.alert, "namespace": broken.cluster.namespace}
    if broken.object.startswith("Node/"):
        del labels["namespace"]
    with served(broken.cluster.store, broken.cluster, tmp_path, world=broken.world) as kubeconfig:
        report = investigate(tmp_path, labels, kubeconfig=kubeconfig)
    assert conclusion(report) == (broken.cause, broken.object), report.summary
    cause = report.root_cause
    assert cause is not None
    _, _, name = broken.object.partition("/")
    for words in (name, *broken.says):
        assert words in cause.summary
    assert "None" not in cause.summary
    assert "  " not in cause.summary
    assert proves(report)
    assert not report.contributing
    assert tuple(str(found.object) for found in report.other_findings) == broken.also
    assert all(move.verdict.decision == "allow" for move in report.moves)
    assert not wrong_steps(report)


def test_every_cause_has_a_cluster() -> None:
    assert {case().cause for case in CASES} == {cause.id for _, cause in load_catalogue().causes()}
