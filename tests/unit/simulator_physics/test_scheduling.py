"""The scheduler's words, what spreads pods, and who makes room for whom."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.conditions import condition
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
    pods,
    template,
    workload,
)

THREE = [
    {"name": f"node{n}", "cpu": "2", "labels": {"zone": zone}}
    for n, zone in ((1, "a"), (2, "a"), (3, "b"))
]
CPU: dict[str, Any] = {"resources": {"requests": {"cpu": "1500m"}}}


def bare(
    name: str = "p", *containers: Object, labels: dict[str, str] | None = None, **spec: Any
) -> Object:
    found = obj("Pod", name, spec={"containers": list(containers) or [container()], **spec})
    found["metadata"]["labels"] = labels or {"app": name}
    return found


def named(engine: Engine, name: str) -> Object:
    found = engine.store.get("pods", NS, name)
    assert found is not None
    return found


def where(engine: Engine, name: str = "p") -> str:
    return str(named(engine, name)["spec"].get("nodeName", ""))


def why(engine: Engine, name: str = "") -> str:
    """The newest complaint about a pod (any, when only one has complaints)."""
    found = events(engine, "FailedScheduling")
    found = [e for e in found if not name or e["involvedObject"]["name"] == name]
    return str(found[-1]["message"])


def priority(name: str, value: int, **fields: Any) -> Object:
    return obj("PriorityClass", name, "scheduling.k8s.io/v1", value=value, **fields)


def affinity(kind: str, topology: str, **labels: str) -> Object:
    term = {"topologyKey": topology, "labelSelector": {"matchLabels": labels}}
    return {"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}


SPREAD = {
    "maxSkew": 1,
    "topologyKey": "zone",
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"app": "app"}},
}


def test_host_ports_clash() -> None:
    port = container(ports=[{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}])
    engine = lab({"nodes": THREE}, workload("Deployment", pods=template(port), replicas=4))
    engine.advance(10)
    assert len({p["spec"].get("nodeName") for p in pods(engine)}) == 4
    assert why(engine) == (
        "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports. "
        "no new claims to deallocate, preemption: 0/3 nodes are available: "
        "3 No preemption victims found for incoming pod."
    )


def test_too_many_pods_and_extended_resources() -> None:
    gpu = container(
        resources={"requests": {"nvidia.com/gpu": "1"}, "limits": {"nvidia.com/gpu": "1"}}
    )
    engine = lab(
        {"nodes": [{"name": "n", "pods": 1}]}, bare("first"), bare("second"), bare("gpu", gpu)
    )
    engine.advance(10)
    said = "\n".join(messages(engine, "FailedScheduling"))
    assert "0/1 nodes are available: 1 Too many pods. no new claims" in said
    assert "0/1 nodes are available: 1 Insufficient nvidia.com/gpu, 1 Too many pods." in said


def test_pods_spread_over_zones() -> None:
    spec = template(topologySpreadConstraints=[SPREAD])
    engine = lab({"nodes": THREE}, workload("Deployment", pods=spec, replicas=4))
    engine.advance(10)
    zones = [p["spec"]["nodeName"] == "node3" for p in pods(engine)]
    assert zones.count(True) == 2
    node = engine.store.get("nodes", None, "node3")
    assert node is not None
    engine.store.put({**node, "spec": {**node["spec"], "unschedulable": True}})
    for name in "xy":
        apply(engine, bare(name, labels={"app": "app"}, topologySpreadConstraints=[SPREAD]), NS)
    engine.advance(10)
    assert why(engine) == (
        "0/3 nodes are available: 1 node(s) were unschedulable, "
        "2 node(s) didn't match pod topology spread constraints. no new claims to deallocate, "
        "preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling., "
        "2 No preemption victims found for incoming pod."
    ).replace("scheduling.,", "scheduling,")


def test_a_node_without_the_label_has_no_zone() -> None:
    engine = lab(
        {"nodes": [{"name": "n"}]}, bare(labels={"app": "app"}, topologySpreadConstraints=[SPREAD])
    )
    engine.advance(5)
    assert (
        "1 node(s) didn't match pod topology spread constraints (missing required label)."
        in why(engine)
    )


def test_pods_that_want_company_and_pods_that_do_not() -> None:
    engine = lab(
        {"nodes": THREE},
        bare("db", labels={"app": "db"}, nodeSelector={"zone": "b"}),
        bare("near", **affinity("podAffinity", "zone", app="db")),
        bare("self", labels={"app": "self"}, **affinity("podAffinity", "zone", app="self")),
        bare("lonely", **affinity("podAffinity", "zone", app="nobody")),
        bare("far", labels={"app": "far"}, **affinity("podAntiAffinity", "zone", app="db")),
    )
    engine.advance(5)
    assert where(engine, "near") == "node3"
    assert where(engine, "self")
    assert not where(engine, "lonely")
    assert where(engine, "far") in ("node1", "node2")
    assert "3 node(s) didn't match pod affinity rules." in why(engine, "lonely")
    shy = affinity("podAntiAffinity", "kubernetes.io/os", app="db")
    apply(engine, bare("far2", labels={"app": "far"}, **shy), NS)
    engine.advance(5)
    assert "3 node(s) didn't match pod anti-affinity rules." in why(engine, "far2")
    beside = {"nodeSelector": {"kubernetes.io/hostname": where(engine, "far")}}
    apply(engine, bare("db2", labels={"app": "db"}, **beside), NS)
    engine.advance(5)
    said = (
        "1 node(s) didn't satisfy existing pods anti-affinity rules, "
        "2 node(s) didn't match Pod's node affinity/selector."
    )
    assert said in why(engine, "db2")


def test_a_scheduling_gate_and_an_unknown_scheduler_say_nothing() -> None:
    engine = lab(
        None,
        bare("gated", schedulingGates=[{"name": "acme.dev/wait"}]),
        bare("other", schedulerName="acme-scheduler"),
        bare("fixed", nodeName="node1"),
    )
    engine.advance(600)
    item = condition(named(engine, "gated"), "PodScheduled")
    assert item is not None
    assert (item["status"], item["reason"]) == ("False", "SchedulingGated")
    assert item["message"] == "Scheduling is blocked due to non-empty scheduling gates"
    assert named(engine, "other")["status"]["phase"] == "Pending"
    assert not condition(named(engine, "other"), "PodScheduled")
    assert not events(engine, "FailedScheduling")
    assert named(engine, "fixed")["status"]["phase"] == "Running"
    gated = named(engine, "gated")
    engine.store.put({**gated, "spec": {**gated["spec"], "schedulingGates": []}})
    engine.advance(10)
    assert named(engine, "gated")["status"]["phase"] == "Running"


def test_the_important_push_out_the_less_important() -> None:
    engine = lab(
        {"nodes": THREE},
        priority("high", 1000),
        *(bare(f"low{n}", container(**CPU)) for n in range(3)),
    )
    engine.advance(10)
    apply(engine, bare("vip", container(**CPU), priorityClassName="high"), NS)
    assert named(engine, "vip")["spec"]["priority"] == 1000
    engine.advance(0.5)
    assert why(engine) == "0/3 nodes are available: 3 Insufficient cpu."
    node = named(engine, "vip")["status"]["nominatedNodeName"]
    (victim,) = [p for p in pods(engine) if "deletionTimestamp" in p["metadata"]]
    assert victim["spec"]["nodeName"] == node
    uid = named(engine, "vip")["metadata"]["uid"]
    assert messages(engine, "Preempted") == [f"Preempted by pod {uid} on node {node}"]
    target = condition(victim, "DisruptionTarget")
    assert target is not None
    assert target["reason"] == "PreemptionByScheduler"
    engine.advance(10)
    assert where(engine, "vip") == node
    assert "nominatedNodeName" not in named(engine, "vip")["status"]
    assert len(pods(engine)) == 3


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"preemptionPolicy": "Never"}, "not eligible due to preemptionPolicy=Never."),
        ({"value": 0}, "0/3 nodes are available: 3 No preemption victims found for incoming pod."),
    ],
)
def test_who_may_not_preempt_waits(fields: dict[str, Any], verdict: str) -> None:
    engine = lab(
        {"nodes": THREE},
        priority("high", **{"value": 1000, **fields}),
        *(bare(f"low{n}", container(**CPU)) for n in range(3)),
    )
    engine.advance(10)
    apply(engine, bare("vip", container(**CPU), priorityClassName="high"), NS)
    engine.advance(10)
    assert why(engine) == (
        "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, "
        f"preemption: {verdict}"
    )
    assert len(pods(engine)) == 4


def guard(app: str) -> Object:
    return {"minAvailable": 1, "selector": {"matchLabels": {"app": app}}}


def test_a_budget_sends_preemption_elsewhere() -> None:
    engine = lab(
        {"nodes": THREE},
        priority("high", 1000),
        *(bare(f"low{n}", container(**CPU)) for n in range(3)),
        *(
            obj("PodDisruptionBudget", f"low{n}", "policy/v1", spec=guard(f"low{n}"))
            for n in (0, 2)
        ),
    )
    engine.advance(10)
    apply(engine, bare("vip", container(**CPU), priorityClassName="high"), NS)
    engine.advance(10)
    assert {p["metadata"]["name"] for p in pods(engine)} == {"low0", "low2", "vip"}
