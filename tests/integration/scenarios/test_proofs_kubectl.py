"""A sample of the proofs with a real kubectl doing the fixes, over a socket, while time passes."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.instance import Step
from sandbox.proof import Trial, observe
from sandbox.simulator import steps
from sandbox.simulator.launch import Running, launch
from sandbox.simulator.pace import AUTO
from tests import real_kubectl

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not real_kubectl.binaries(), reason="no kubectl on PATH"),
]

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SAMPLE = (
    "bad-release-crash",
    "claim-missing",
    "config-file-missing",
    "crash-missing-env",
    "job-failed",
    "nodes-cordoned",
    "pod-security-restricted",
    "pvc-pending",
    "quota-wants-limits",
    "rollout-paused",
    "service-account-missing",
    "service-selector",
    "startup-probe-too-short",
    "taint-not-tolerated",
)


def tried(running: Running, fix: list[Step], home: Path) -> Trial:
    """A fix done by kubectl, and what became of the cluster."""
    binary = real_kubectl.best()
    assert binary is not None
    for number, step in enumerate(fix):
        argv = steps.kubectl_argv(step, running.instance.namespace, home, number)
        assert argv is not None, "a pause is for the proof in process"
        done = subprocess.run(
            [str(binary), f"--kubeconfig={running.kubeconfig}", *argv],
            env={"HOME": str(home), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, (argv, done.stderr)
    running.stop()  # from here on the engine is ours
    return observe(running.instance, running.engine)


@pytest.mark.parametrize("name", SAMPLE)
def test_kubectl_heals_with_the_right_fix(name: str, tmp_path: Path) -> None:
    with launch(f"sim:{name}@1", tmp_path / "sim", at=AT, pace=AUTO) as running:
        trial = tried(running, running.instance.fixes.right[0], tmp_path)
    assert trial.healed, str(trial)


@pytest.mark.parametrize("name", SAMPLE)
def test_kubectl_does_not_heal_with_a_wrong_fix(name: str, tmp_path: Path) -> None:
    with launch(f"sim:{name}@1", tmp_path / "sim", at=AT, pace=AUTO) as running:
        trial = tried(running, running.instance.fixes.wrong[0], tmp_path)
    assert not trial.healed, str(trial)
