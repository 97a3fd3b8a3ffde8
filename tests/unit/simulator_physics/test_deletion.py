"""How objects go: grace periods, finalizers, garbage collection, namespaces."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.deletion import delete, unblock
from sandbox.simulator.engine import Engine
from sandbox.simulator.intake import apply
from sandbox.simulator.store import Object
from tests.unit.simulator_physics.labs import (
    NS,
    container,
    events,
    lab,
    messages,
    obj,
    pod,
    pods,
    template,
    workload,
)

STUBBORN = {"apps": [{"image": "acme/app:1", "on_term": None}]}


def get(engine: Engine, key: str, name: str = "app") -> Object:
    found = engine.store.get(key, NS, name)
    assert found is not None
    return found


def bare(**spec: Any) -> Object:
    return obj("Pod", "p", spec={"containers": [container()], **spec})


def test_a_pod_terminates_gracefully() -> None:
    engine = lab(None, bare())
    engine.advance(10)
    generation = pod(engine)["metadata"]["generation"]
    delete(engine, pod(engine))
    meta = pod(engine)["metadata"]
    assert meta["deletionGracePeriodSeconds"] == 30
    assert meta["generation"] == generation + 1
    engine.advance(0.5)
    assert messages(engine, "Killing") == ["Stopping container app"]
    engine.advance(1.0)
    assert pod(engine)["status"]["phase"] == "Succeeded"
    ready = next(c for c in pod(engine)["status"]["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "PodCompleted")
    engine.advance(5)
    assert not pods(engine)


def test_a_program_that_ignores_sigterm_is_killed_when_the_period_is_over() -> None:
    engine = lab(STUBBORN, bare(terminationGracePeriodSeconds=20))
    engine.advance(10)
    delete(engine, pod(engine))
    engine.advance(19)
    assert "running" in pod(engine)["status"]["containerStatuses"][0]["state"]
    engine.advance(1.3)
    state = pod(engine)["status"]["containerStatuses"][0]["state"]
    assert state["terminated"]["exitCode"] == 137
    assert pod(engine)["status"]["phase"] == "Failed"
    engine.advance(3)
    assert not pods(engine)


def test_a_second_deletion_can_only_shorten_the_period() -> None:
    engine = lab(STUBBORN, bare(terminationGracePeriodSeconds=300))
    engine.advance(10)
    delete(engine, pod(engine))
    asked = pod(engine)["metadata"]["deletionTimestamp"]
    delete(engine, pod(engine), grace=600)
    assert pod(engine)["metadata"]["deletionTimestamp"] == asked
    engine.advance(5)
    delete(engine, pod(engine), grace=30)
    engine.advance(29)
    assert not pods(engine)


def test_a_pre_stop_hook_takes_its_time() -> None:
    hook = {"preStop": {"exec": {"command": ["sh", "-c", "sleep 8"]}}}
    engine = lab(None, obj("Pod", "p", spec={"containers": [container(lifecycle=hook)]}))
    engine.advance(10)
    delete(engine, pod(engine))
    engine.advance(8)
    assert pods(engine)
    engine.advance(4)
    assert not pods(engine)


def test_force_takes_a_pod_away_at_once_and_finalizers_keep_it() -> None:
    engine = lab(None, bare())
    engine.advance(10)
    assert delete(engine, pod(engine), grace=0) is None
    held = bare()
    held["metadata"]["finalizers"] = ["acme.dev/hold"]
    apply(engine, held, NS)
    engine.advance(10)
    delete(engine, pod(engine))
    engine.advance(3600)
    assert pod(engine)["status"]["phase"] == "Succeeded"
    assert unblock(engine, pod(engine), "acme.dev/hold") is None
    assert not pods(engine)


def test_a_rollout_shows_terminating_pods_and_endpoints() -> None:
    engine = lab(
        STUBBORN,
        workload("Deployment", replicas=2),
        obj("Service", "app", spec={"selector": {"app": "app"}, "ports": [{"port": 80}]}),
    )
    engine.advance(20)
    deployment = get(engine, "apps/deployments")
    changed = template(container(env=[{"name": "A", "value": "1"}]))
    changed = {**deployment["spec"]["template"], **changed}
    engine.store.put({**deployment, "spec": {**deployment["spec"], "template": changed}})
    engine.advance(10)
    leaving = [p for p in pods(engine) if "deletionTimestamp" in p["metadata"]]
    assert leaving
    (slice_,) = [
        s
        for s in engine.store.list("discovery.k8s.io/endpointslices", NS)
    ]  # fmt: skip
    shown = {e["targetRef"]["name"]: e["conditions"] for e in slice_["endpoints"]}
    assert shown[leaving[0]["metadata"]["name"]] == {
        "ready": False,
        "serving": True,
        "terminating": True,
    }
    assert get(engine, "apps/deployments")["status"]["terminatingReplicas"] == len(leaving)
    named = [
        a["targetRef"]["name"]
        for s in get(engine, "endpoints")["subsets"]
        for a in [*s.get("addresses", []), *s.get("notReadyAddresses", [])]
    ]
    assert leaving[0]["metadata"]["name"] not in named
    engine.advance(60)
    assert len(pods(engine)) == 2


def test_background_deletion_takes_the_dependents_too() -> None:
    engine = lab(None, workload("Deployment", replicas=2))
    engine.advance(10)
    assert delete(engine, get(engine, "apps/deployments"), policy="Background") is None
    engine.advance(10)
    assert not engine.store.list("apps/replicasets", NS)
    assert not pods(engine)


def test_foreground_deletion_waits_for_them() -> None:
    engine = lab(STUBBORN, workload("Deployment", replicas=2))
    engine.advance(10)
    delete(engine, get(engine, "apps/deployments"), policy="Foreground")
    engine.advance(5)
    assert get(engine, "apps/deployments")["metadata"]["finalizers"] == ["foregroundDeletion"]
    engine.advance(60)
    assert not engine.store.list("apps/deployments", NS)
    assert not pods(engine)


def test_orphans_stay_without_their_owner() -> None:
    engine = lab(None, workload("Deployment", replicas=2))
    engine.advance(10)
    delete(engine, get(engine, "apps/deployments"), policy="Orphan")
    engine.advance(10)
    assert not engine.store.list("apps/deployments", NS)
    (replicaset,) = engine.store.list("apps/replicasets", NS)
    assert "ownerReferences" not in replicaset["metadata"]
    assert len(pods(engine)) == 2


def test_an_object_whose_owner_never_was_is_collected() -> None:
    engine = lab(None)
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x", "uid": "gone"}
    orphan = obj("ConfigMap", "c")
    orphan["metadata"].update(namespace=NS, ownerReferences=[ref])
    engine.create(orphan)
    unknown = obj("ConfigMap", "d")
    ref = {"apiVersion": "foo.dev/v1", "kind": "Foo", "name": "x", "uid": "who"}
    unknown["metadata"].update(namespace=NS, ownerReferences=[ref])
    engine.create(unknown)
    engine.advance(5)
    names = [c["metadata"]["name"] for c in engine.store.list("configmaps", NS)]
    assert "c" not in names
    assert "d" in names


def namespace(engine: Engine) -> Object | None:
    return engine.store.get("namespaces", None, NS)


def test_a_namespace_goes_with_all_that_is_in_it() -> None:
    engine = lab(None, workload("Deployment", replicas=2), obj("ConfigMap", "c"))
    engine.advance(10)
    found = namespace(engine)
    assert found is not None
    marked = delete(engine, found)
    assert marked is not None
    assert marked["status"]["phase"] == "Terminating"
    engine.advance(60)
    assert namespace(engine) is None
    left = [
        o["metadata"]["name"]
        for row in engine.store.resources()
        if row.namespaced
        for o in engine.store.list(row.key, NS)
    ]
    assert left == []


def test_a_stuck_finalizer_holds_a_namespace_for_ever() -> None:
    engine = lab(None)
    held = obj("ConfigMap", "c")
    held["metadata"]["finalizers"] = ["acme.dev/hold"]
    apply(engine, held, NS)
    found = namespace(engine)
    assert found is not None
    delete(engine, found)
    engine.advance(86_400)
    found = namespace(engine)
    assert found is not None
    said = {
        c["type"]: (c["status"], c["reason"], c["message"]) for c in found["status"]["conditions"]
    }
    assert said["NamespaceContentRemaining"] == (
        "True",
        "SomeResourcesRemain",
        "Some resources are remaining: configmaps. has 1 resource instances",
    )
    assert said["NamespaceFinalizersRemaining"] == (
        "True",
        "SomeFinalizersRemain",
        "Some content in the namespace has finalizers remaining: acme.dev/hold in 1 resource instances",
    )
    assert said["NamespaceDeletionContentFailure"][:2] == ("False", "ContentDeleted")
    unblock(engine, get(engine, "configmaps", "c"), "acme.dev/hold")
    engine.advance(30)
    assert namespace(engine) is None


@pytest.mark.parametrize("used", [True, False])
def test_a_claim_in_use_waits_for_its_pod(used: bool) -> None:
    world = {"storage": [{"name": "fast", "default": True}]}
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = obj("PersistentVolumeClaim", "data", spec=asked)
    volume = {"name": "d", "persistentVolumeClaim": {"claimName": "data"}}
    engine = lab(world, claim, *([bare(volumes=[volume])] if used else []))
    engine.advance(30)
    delete(engine, get(engine, "persistentvolumeclaims", "data"))
    engine.advance(60)
    assert bool(engine.store.get("persistentvolumeclaims", NS, "data")) is used
    if used:
        delete(engine, pod(engine))
        engine.advance(10)
        assert engine.store.get("persistentvolumeclaims", NS, "data") is None


def test_events_say_nothing_about_a_namespace_that_is_gone() -> None:
    engine = lab(None, workload("Deployment"))
    engine.advance(10)
    found = namespace(engine)
    assert found is not None
    delete(engine, found)
    engine.advance(120)
    assert not events(engine, "Killing")
