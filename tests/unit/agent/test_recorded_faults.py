"""The planner names the cause of every recorded fault, with the alert as recorded and stripped."""

from __future__ import annotations

import pytest

from tests.planning import plan_recording
from tests.recording import index, load

FAULTS = [name for name in index() if load(name).cause]


@pytest.mark.parametrize("stripped", [False, True], ids=["labels", "stripped"])
@pytest.mark.parametrize("name", FAULTS)
def test_cause_and_object(name: str, stripped: bool) -> None:
    recording = load(name)
    labels = dict(recording.alert)
    if stripped:
        labels = {key: labels[key] for key in ("alertname", "namespace")}
    planned = plan_recording(recording, labels)
    cause = planned.outcome.root_cause
    assert cause is not None, (planned.outcome.summary, planned.moves)
    assert (cause.id, str(cause.object)) == (recording.cause, recording.object)
    known = planned.case.derivation.index.by_id
    assert cause.evidence
    assert set(cause.evidence) <= set(known)
    assert len(planned.moves) <= 12


SAID = {
    "crash-missing-env": ("PAYMENT_URL is not set", "has PAYMENT_URI"),
    "oom-killed": ("OOMKilled (exit 137)", "32Mi"),
    "image-not-found": (
        "localhost:5999/catalog/search:v2.0.1-rc",
        "previous revision ran nginx:1.27",
    ),
    "configmap-key-missing": (
        "key currency is not in ConfigMap invoicer-settings",
        "default-currency",
    ),
    "secret-volume-missing": ("volume tls mounts Secret sso-tls", "does not exist"),
    "command-not-found": ("/usr/bin/thumbd does not exist in the image",),
    "liveness-too-eager": ("port 80, after 1 s, 1 failure", "before it"),
    "readiness-wrong-port": ("asks port 8081, the container listens on 80",),
    "unschedulable-cpu": ("requests cpu 16",),
    "node-selector": ("nodeSelector disktype=ssd matches no node",),
    "pvc-pending": ("StorageClass fast-nvme, which does not exist",),
    "quota-no-pods": ("requests.memory 128Mi", "forbids the pod (256Mi)"),
    "service-selector": ("selects app=thread-api", "carry app=threads-api"),
    "init-waits": ("Service contacts-db does not exist",),
    "job-failed": ("BackoffLimitExceeded", "salaries_2026_11"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_summary_names_mechanism_and_value(name: str) -> None:
    planned = plan_recording(load(name), dict(load(name).alert))
    for words in SAID[name]:
        assert words in planned.outcome.summary


def test_control_is_healthy() -> None:
    recording = load("healthy")
    outcome = plan_recording(recording, dict(recording.alert)).outcome
    assert outcome.verdict == "healthy"
    assert outcome.root_cause is None
    assert not outcome.other_findings
