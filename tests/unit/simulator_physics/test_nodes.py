"""Nodes in trouble: silence, taints, evictions, and what becomes of pods there."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from sandbox.simulator.conditions import condition, is_ready
from sandbox.simulator.deletion import delete
from sandbox.simulator.engine import Engine
from sandbox.simulator.settle import settle
from sandbox.simulator.store import Object
from tests.unit.simulator_physics.labs import (
    NS,
    container,
    lab,
    messages,
    obj,
    pod,
    pods,
    template,
    workload,
)


def cluster(*troubles: dict[str, Any], manifests: Any = (), world: Any = None) -> Engine:
    nodes = [{"name": "node1"}, {"name": "node2", "troubles": list(troubles)}]
    engine = lab({"nodes": nodes, **(world or {})}, *manifests)
    engine.begin()
    return engine


def node(engine: Engine, name: str = "node2") -> Object:
    found = engine.store.get("nodes", None, name)
    assert found is not None
    return found


def said(engine: Engine, type_: str = "Ready") -> tuple[str, str]:
    item = condition(node(engine), type_)
    assert item is not None
    return item["status"], item["reason"]


def taints(engine: Engine) -> list[tuple[str, str]]:
    found = node(engine)["spec"].get("taints", [])
    return [(taint["key"].removeprefix("node.kubernetes.io/"), taint["effect"]) for taint in found]


def node_events(engine: Engine, reason: str) -> list[str]:
    found = engine.store.list("events", "default")
    return [event["message"] for event in found if event["reason"] == reason]


def on(engine: Engine, name: str) -> list[Object]:
    return [p for p in pods(engine) if p["spec"].get("nodeName") == name]


def test_a_silent_kubelet_is_unknown_after_its_grace_period() -> None:
    engine = cluster({"kind": "silent", "after": 100})
    engine.advance(135)
    assert said(engine) == ("True", "KubeletReady")
    engine.advance(25)
    assert said(engine) == ("Unknown", "NodeStatusUnknown")
    assert said(engine, "MemoryPressure") == ("Unknown", "NodeStatusUnknown")
    assert taints(engine) == [("unreachable", "NoSchedule"), ("unreachable", "NoExecute")]
    assert node_events(engine, "NodeNotReady") == ["Node node2 status is now: NodeNotReady"]
    lease = engine.store.get("coordination.k8s.io/leases", "kube-node-lease", "node2")
    assert lease is not None
    before = lease["spec"]["renewTime"]
    settle(engine, 300)
    lease = engine.store.get("coordination.k8s.io/leases", "kube-node-lease", "node2")
    assert lease is not None
    assert lease["spec"]["renewTime"] == before


def test_pods_leave_a_dead_node_after_their_toleration_and_never_quite_go() -> None:
    engine = cluster(
        {"kind": "silent", "after": 60}, manifests=[workload("Deployment", replicas=4)]
    )
    engine.advance(59)
    there = {p["metadata"]["name"] for p in on(engine, "node2")}
    assert there
    engine.advance(70)
    assert not any(is_ready(p) for p in on(engine, "node2"))
    assert "Node is not ready" in messages(engine, "NodeNotReady")
    assert all("deletionTimestamp" not in p["metadata"] for p in pods(engine))
    engine.advance(320)
    leaving = on(engine, "node2")
    assert {p["metadata"]["name"] for p in leaving} == there
    for item in leaving:
        assert "deletionTimestamp" in item["metadata"]
        why = condition(item, "DisruptionTarget")
        assert why is not None
        assert (why["reason"], why["message"]) == (
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
        )
    marked = messages(engine, "TaintManagerEviction")
    assert f"Marking for deletion Pod {NS}/{leaving[0]['metadata']['name']}" in marked
    assert sum(is_ready(p) for p in on(engine, "node1")) == 4
    engine.advance(7200)
    assert on(engine, "node2")


def test_a_kubelet_that_comes_back_finishes_what_was_asked_of_it() -> None:
    engine = cluster(
        {"kind": "silent", "after": 60, "until": 900},
        manifests=[workload("Deployment", replicas=4)],
    )
    engine.advance(890)
    assert on(engine, "node2")
    engine.advance(40)
    assert said(engine) == ("True", "KubeletReady")
    assert taints(engine) == []
    assert node_events(engine, "NodeReady") == ["Node node2 status is now: NodeReady"]
    assert not on(engine, "node2")


def test_a_short_silence_cancels_the_evictions() -> None:
    engine = cluster(
        {"kind": "silent", "after": 60, "until": 200},
        manifests=[workload("Deployment", replicas=4)],
    )
    engine.advance(600)
    assert sum(is_ready(p) for p in pods(engine)) == 4
    assert len(pods(engine)) == 4
    assert any(
        m.startswith("Cancelling deletion") for m in messages(engine, "TaintManagerEviction")
    )


def test_daemon_pods_stay_where_they_are() -> None:
    engine = cluster({"kind": "silent", "after": 60}, manifests=[workload("DaemonSet")])
    engine.advance(1000)
    assert len(pods(engine)) == 2
    assert all("deletionTimestamp" not in p["metadata"] for p in pods(engine))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("runtime-down", "container runtime is down"),
        ("pleg", "PLEG is not healthy"),
        ("cni", "container runtime network not ready: NetworkReady=false"),
    ],
)
def test_a_kubelet_says_why_it_is_not_ready(kind: str, text: str) -> None:
    engine = cluster({"kind": kind, "after": 60, "until": 300})
    engine.advance(70)
    item = condition(node(engine), "Ready")
    assert item is not None
    assert (item["status"], item["reason"]) == ("False", "KubeletNotReady")
    assert text in item["message"]
    assert taints(engine) == [("not-ready", "NoSchedule"), ("not-ready", "NoExecute")]
    engine.advance(300)
    assert said(engine) == ("True", "KubeletReady")


def test_memory_pressure_evicts_who_uses_more_than_it_asked_for() -> None:
    greedy = container("greedy", image="acme/greedy:1")
    modest = container("modest", image="acme/modest:1", resources={"requests": {"memory": "64Mi"}})
    apps = [
        {"image": "acme/greedy:1", "memory": "300Mi"},
        {"image": "acme/modest:1", "memory": "8Mi"},
    ]
    affinity = {"nodeSelector": {"kubernetes.io/hostname": "node2"}}
    manifests = [
        obj("Pod", "greedy", spec={"containers": [greedy], **affinity}),
        obj("Pod", "modest", spec={"containers": [modest], **affinity}),
    ]
    engine = cluster(
        {"kind": "memory-pressure", "after": 60}, manifests=manifests, world={"apps": apps}
    )
    engine.advance(70)
    assert said(engine, "MemoryPressure") == ("True", "KubeletHasInsufficientMemory")
    assert taints(engine) == [("memory-pressure", "NoSchedule")]
    assert node_events(engine, "EvictionThresholdMet") == ["Attempting to reclaim memory"]
    found = {p["metadata"]["name"]: p["status"] for p in pods(engine)}
    assert found["modest"]["phase"] == "Running"
    evicted = found["greedy"]
    assert (evicted["phase"], evicted["reason"]) == ("Failed", "Evicted")
    start = "The node was low on resource: memory. Threshold quantity: 100Mi, available: "
    assert evicted["message"].startswith(start)
    assert evicted["message"].endswith(", request is 0, has larger consumption of memory. ")
    assert "Container greedy was using " in evicted["message"]
    assert messages(engine, "Evicted") == [evicted["message"]]
    engine.advance(3600)
    assert {p["status"]["phase"] for p in pods(engine)} == {"Running", "Failed"}


def test_an_evicted_pod_is_replaced_and_stays_to_be_seen() -> None:
    engine = cluster(
        {"kind": "disk-pressure", "after": 60, "evicts": 2},
        manifests=[workload("Deployment", replicas=4)],
    )
    engine.advance(200)
    reasons = [p["status"].get("reason") for p in pods(engine)]
    assert reasons.count("Evicted") == 2
    assert sum(is_ready(p) for p in pods(engine)) == 4
    assert "ephemeral-storage" in messages(engine, "Evicted")[0]


def test_a_flapping_kubelet_comes_and_goes() -> None:
    engine = cluster({"kind": "flapping", "after": 0, "period": 200})
    seen = []
    for _ in range(80):
        engine.advance(10)
        seen.append(said(engine)[0])
    changes = sum(one != other for one, other in pairwise(seen))
    assert 6 <= changes <= 8


def test_no_route_means_network_unavailable() -> None:
    engine = cluster({"kind": "no-route", "until": 600})
    engine.advance(10)
    assert said(engine, "NetworkUnavailable") == ("True", "NoRouteCreated")
    assert taints(engine) == [("network-unavailable", "NoSchedule")]
    engine.advance(600)
    assert said(engine, "NetworkUnavailable") == ("False", "RouteCreated")
    assert taints(engine) == []


def test_without_a_network_plugin_new_pods_have_no_sandbox() -> None:
    engine = cluster({"kind": "cni"})
    engine.advance(10)
    only = {"nodeName": "node2", "containers": [container()]}
    from sandbox.simulator.intake import apply

    apply(engine, obj("Pod", "p", spec=only), NS)
    engine.advance(10)
    assert pod(engine)["status"]["phase"] == "Pending"
    assert messages(engine, "NetworkNotReady")[0].startswith(
        "network is not ready: container runtime network not ready: NetworkReady=false"
    )


def test_a_cordon_is_a_taint() -> None:
    engine = cluster()
    found = node(engine)
    engine.store.put({**found, "spec": {**found["spec"], "unschedulable": True}})
    engine.advance(1)
    assert taints(engine) == [("unschedulable", "NoSchedule")]
    found = node(engine)
    spec = {key: value for key, value in found["spec"].items() if key != "unschedulable"}
    engine.store.put({**found, "spec": spec})
    engine.advance(1)
    assert taints(engine) == []


def test_images_that_cannot_be_collected_and_an_old_kubelet() -> None:
    world = {"nodes": [{"name": "node2", "version": "v1.33.4", "troubles": [{"kind": "image-gc"}]}]}
    engine = lab(world)
    engine.begin()
    engine.advance(700)
    assert node(engine)["status"]["nodeInfo"]["kubeletVersion"] == "v1.33.4"
    (text,) = node_events(engine, "ImageGCFailed")
    assert text.startswith("Failed to garbage collect required amount of images.")


def test_pods_of_a_deleted_node_are_collected() -> None:
    engine = cluster(manifests=[workload("Deployment", replicas=4)])
    engine.advance(20)
    assert on(engine, "node2")
    delete(engine, node(engine))
    engine.advance(120)
    assert not on(engine, "node2")
    assert len(on(engine, "node1")) == 4


def test_a_noexecute_taint_drives_out_who_does_not_tolerate_it() -> None:
    spec = template(container(), tolerations=[{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}])  # fmt: skip
    engine = cluster(manifests=[workload("Deployment", "app", spec, replicas=2)])
    engine.advance(20)
    found = node(engine)
    taint = {"key": "gpu", "effect": "NoExecute"}
    engine.store.put({**found, "spec": {**found["spec"], "taints": [taint]}})
    engine.advance(30)
    assert on(engine, "node2")
    found = node(engine)
    taint = {"key": "other", "effect": "NoExecute"}
    engine.store.put({**found, "spec": {**found["spec"], "taints": [taint]}})
    engine.advance(30)
    assert not on(engine, "node2")


@pytest.mark.parametrize(
    ("spec", "reason", "text"),
    [
        (
            {"containers": [container(resources={"requests": {"cpu": "5"}})]},
            "OutOfcpu",
            "Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000",
        ),
        (
            {"containers": [container()], "nodeSelector": {"disk": "ssd"}},
            "NodeAffinity",
            "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
        ),
    ],
)
def test_a_kubelet_refuses_what_was_forced_upon_it(
    spec: dict[str, Any], reason: str, text: str
) -> None:
    engine = lab(None, obj("Pod", "p", spec={"nodeName": "node1", **spec}))
    engine.advance(300)
    status = pod(engine)["status"]
    assert (status["phase"], status["reason"]) == ("Failed", reason)
    assert status["message"] == f"Pod was rejected: {text}"
    assert messages(engine, reason) == [text]
    delete(engine, pod(engine))
    assert not pods(engine)
