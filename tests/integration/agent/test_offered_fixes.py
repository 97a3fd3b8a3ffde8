"""Every scenario of the simulator, told by its whole alert: the right cause, and a fix that heals when carried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.bench.remedy import try_out
from agent.nextsteps import NOT_YET_SEEN
from sandbox.scenario import ids
from sandbox.simulator.launch import launch
from tests.investigations import investigate
from tests.podparts import NOW
from tests.scenario_reports import mistakes

pytestmark = pytest.mark.integration

SEEDS = (0, 3)
HIDES_ANOTHER = ("quota-hides-image",)
"""The fix lets the pods be made; that their image does not exist can only be seen after it."""
NEEDS_A_PERSON = (
    "anti-affinity-crowded",  # nodes or replicas: how many, and whether two may share one
    "claim-being-deleted",  # data is about to be lost
    "command-not-found",  # which program the image has
    "config-file-missing",  # what stands in the file
    "cronjob-fails",  # the program's own error
    "cronjob-impossible-date",  # which day was meant
    "daemonset-env-missing",  # the variable's value
    "daemonset-no-room",  # how much the daemon needs
    "data-dir-permission",  # the image, or a volume
    "deletion-blocked",  # what the finalizer's owner still has to clean up
    "emptydir-limit-exceeded",  # how much the program keeps there
    "ephemeral-limit-exceeded",
    "image-then-memory",  # which tag was meant
    "init-image-missing",
    "init-migration-fails",  # the program's own error
    "init-waits",  # the port of a Service that never was
    "job-deadline",  # a Job is made anew from its manifest
    "job-failed",
    "job-oom",
    "memory-request-large",  # how much the program needs
    "namespace-terminating",  # what the finalizer's owner still has to clean up
    "node-lost-statefulset",  # whether the machine is off
    "node-silent",
    "port-taken",  # which of two programs moves, and by which setting
    "preempted",  # who matters more
    "provisioner-refuses",  # the storage behind the cluster
    "pvc-pending",  # the class of a claim template cannot be changed
    "quota-wants-limits",  # how much the program needs
    "secret-key-missing",  # keys of Secrets are not read
    "tls-certificate-expired",  # a new certificate
    "tls-key-mismatch",
    "too-many-pods",  # who is not needed
    "unschedulable-cpu",  # how much the program needs
    "upstream-certificate-expired",  # somebody else's certificate
    "volume-on-lost-node",  # the data is there
)
"""What nobody can tell from the cluster alone; the report says what to do, with a gap or in words."""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ids())
def test_cause_and_fix(name: str, seed: int, tmp_path: Path) -> None:
    with launch(f"sim:{name}@{seed}", tmp_path, at=NOW) as running:
        instance = running.instance
        report = investigate(tmp_path, instance.alert, kubeconfig=running.kubeconfig)
    assert not mistakes(report, instance)
    if instance.control is not None:
        return
    assert report.remedy or report.next_steps
    tried = try_out(report.remedy, instance, NOW)
    if name in HIDES_ANOTHER:
        assert tried.fixed is False
        assert NOT_YET_SEEN in report.next_steps
    elif name in NEEDS_A_PERSON:
        assert tried.fixed is None
        assert report.next_steps or (report.remedy and report.remedy.moves)
    else:
        assert tried.fixed is True, tried.note
