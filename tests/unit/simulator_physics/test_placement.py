"""Placement: why no node suits, and what finds one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.simulator_physics.labs import (
    container,
    lab,
    messages,
    pod,
    template,
    workload,
)

NODES = [
    {"name": "a", "cpu": "2", "memory": "4Gi"},
    {"name": "b", "cpu": "2", "memory": "4Gi", "labels": {"disk": "ssd"}},
    {"name": "c", "taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]},
]
HOPELESS = "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (
            {"nodeSelector": {"disk": "tape"}},
            "1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node "
            "affinity/selector",
        ),
        ({"cpu": "64"}, "1 node(s) had untolerated taint(s), 2 Insufficient cpu"),
        (
            {"cpu": "3", "memory": "64Gi"},
            "1 node(s) had untolerated taint(s), 2 Insufficient cpu, 2 Insufficient memory",
        ),
    ],
)
def test_the_scheduler_counts_reasons(spec: dict[str, Any], why: str) -> None:
    requests = {name: spec[name] for name in ("cpu", "memory") if name in spec}
    rest = {name: value for name, value in spec.items() if name not in requests}
    pods_ = template(container(resources={"requests": requests}), **rest)
    engine = lab({"nodes": NODES}, workload("Deployment", pods=pods_))
    engine.advance(10)
    expected = f"0/3 nodes are available: {why}. no new claims to deallocate, {HOPELESS}"
    assert messages(engine, "FailedScheduling") == [expected]
    (condition,) = pod(engine)["status"]["conditions"]
    assert (condition["reason"], condition["message"]) == ("Unschedulable", expected)
    assert "startTime" not in pod(engine)["status"]


def test_a_full_node_could_be_preempted() -> None:
    filler = template(container(resources={"requests": {"cpu": "1500m"}}))
    engine = lab({"nodes": NODES[:1]}, workload("Deployment", pods=filler, replicas=2))
    engine.advance(10)
    (text,) = messages(engine, "FailedScheduling")
    assert "1 Insufficient cpu" in text
    assert text.endswith("1 No preemption victims found for incoming pod.")


def test_tolerations_selectors_and_affinity_find_their_node() -> None:
    toleration = [{"key": "gpu", "operator": "Exists"}]
    term = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    for spec, node in (
        ({"tolerations": toleration, "nodeSelector": {"kubernetes.io/hostname": "c"}}, "c"),
        ({"nodeSelector": {"disk": "ssd"}}, "b"),
        ({"affinity": {"nodeAffinity": required}}, "b"),
    ):
        engine = lab({"nodes": NODES}, workload("Deployment", pods=template(**spec)))
        engine.advance(5)
        assert pod(engine)["spec"]["nodeName"] == node


def test_a_cordoned_node_takes_pods_again_when_uncordoned() -> None:
    engine = lab({"nodes": [{"name": "a", "cordoned": True}]}, workload("Deployment"))
    engine.advance(5)
    assert "1 node(s) were unschedulable" in messages(engine, "FailedScheduling")[0]
    node = engine.store.get("nodes", None, "a")
    assert node is not None
    engine.store.put({**node, "spec": {"podCIDR": "10.244.0.0/24"}})
    engine.advance(5)
    assert pod(engine)["status"]["phase"] == "Running"
