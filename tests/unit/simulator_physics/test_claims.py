"""Claims of stateful pods: their classes and provisioners."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.simulator_physics.labs import (
    NS,
    events,
    get,
    lab,
    messages,
    pods,
    workload,
)


def claims(storage_class: str | None) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    return workload(
        "StatefulSet",
        serviceName="app",
        volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": spec}],
        replicas=2,
    )


def test_a_missing_storage_class_keeps_claim_and_pod_pending() -> None:
    engine = lab(None, claims("fast"))
    engine.advance(61)
    (event,) = events(engine, "ProvisioningFailed")
    assert event["message"] == 'storageclass.storage.k8s.io "fast" not found'
    assert event["count"] == 5
    text = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    assert messages(engine, "FailedScheduling") == [text]
    assert len(pods(engine)) == 1  # the second waits for the first


@pytest.mark.parametrize("binding", ["Immediate", "WaitForFirstConsumer"])
def test_the_default_class_binds(binding: str) -> None:
    world = {"storage": [{"name": "standard", "default": True, "binding": binding}]}
    engine = lab(world, claims(None))
    engine.advance(40)
    found = engine.store.list("persistentvolumeclaims", NS)
    assert [claim["status"]["phase"] for claim in found] == ["Bound", "Bound"]
    assert found[0]["spec"]["storageClassName"] == "standard"
    assert [p["metadata"]["name"] for p in pods(engine)] == ["app-0", "app-1"]
    assert get(engine, "apps/statefulsets")["status"]["readyReplicas"] == 2


def test_a_dead_provisioner_and_no_class_at_all() -> None:
    world = {"storage": [{"name": "slow", "alive": False, "binding": "Immediate"}]}
    engine = lab(world, claims("slow"))
    engine.advance(30)
    assert (
        "created either by the external provisioner" in messages(engine, "ExternalProvisioning")[0]
    )
    engine = lab(None, claims(None))
    engine.advance(30)
    text = "no persistent volumes available for this claim and no storage class is set"
    assert messages(engine, "FailedBinding") == [text]
