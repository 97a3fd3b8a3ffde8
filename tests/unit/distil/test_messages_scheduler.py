"""FailedScheduling in all its variants."""
# ruff: noqa: E501 - real messages are easier to compare when they stand on one line

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.distil.statements import only
from tools.distil.messages import read

ZERO = {
    "insufficient": {},
    "taints": {},
    "cordoned": 0,
    "selector": 0,
    "anti_affinity": 0,
    "affinity": 0,
    "spread": 0,
    "ports": 0,
    "volume": 0,
    "unbound": 0,
    "claims": 0,
    "other": [],
}
TAIL = " preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 "
TAIL += "Preemption is not helpful for scheduling."


@pytest.mark.parametrize(
    ("message", "nodes", "counts"),
    [
        ("0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.", 1, {"insufficient": {"cpu": 1}}),
        ("0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory." + TAIL, 3, {"insufficient": {"cpu": 1, "memory": 2}}),
        ("0/3 nodes are available: 3 Insufficient nvidia.com/gpu." + TAIL, 3, {"insufficient": {"nvidia.com/gpu": 3}}),
        ("0/3 nodes are available: 3 Too many pods." + TAIL, 3, {"insufficient": {"pods": 3}}),
        ("0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) had untolerated taint {dedicated: gpu}." + TAIL, 3, {"taints": {"node-role.kubernetes.io/control-plane": 1, "dedicated=gpu": 2}}),
        ("0/3 nodes are available: 3 node(s) had taint {dedicated: gpu}, that the pod didn't tolerate.", 3, {"taints": {"dedicated=gpu": 3}}),
        ("0/3 nodes are available: 3 node(s) had untolerated taint(s)." + TAIL, 3, {"taints": {"unnamed": 3}}),
        ("0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector." + TAIL, 3, {"cordoned": 1, "selector": 2}),
        ("0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unschedulable: }.", 1, {"taints": {"node.kubernetes.io/unschedulable": 1}, "cordoned": 1}),
        ("0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules." + TAIL, 3, {"anti_affinity": 3}),
        ("0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules.", 3, {"anti_affinity": 3}),
        ("0/3 nodes are available: 3 node(s) didn't match pod affinity rules.", 3, {"affinity": 3}),
        ("0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required label).", 3, {"spread": 3}),
        ("0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports." + TAIL, 3, {"ports": 3}),
        ("0/3 nodes are available: 3 node(s) had volume node affinity conflict." + TAIL, 3, {"volume": 3}),
        ("0/3 nodes are available: 3 node(s) didn't match PersistentVolume's node affinity." + TAIL, 3, {"volume": 3}),
        ("0/3 nodes are available: 3 node(s) had no available volume zone.", 3, {"volume": 3}),
        ("0/3 nodes are available: 2 node(s) exceed max volume count, 1 node(s) didn't find available persistent volumes to bind.", 3, {"volume": 3}),
        ("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found", 1, {"unbound": 1}),
        ("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.", 3, {"unbound": 3}),
        ("0/2 nodes are available: 2 waiting for the moon.", 2, {"other": ["waiting for the moon"]}),
        ("no nodes available to schedule pods", 0, {"other": ["no nodes available to schedule pods"]}),
    ],
)  # fmt: skip
def test_failed_scheduling(message: str, nodes: int, counts: dict[str, Any]) -> None:
    expected = {"message": message, "nodes": nodes, **ZERO, **counts}
    assert only("FailedScheduling", message) == ("schedule.failed", expected)


def test_scheduling_waits_for_a_claim_that_does_not_exist() -> None:
    message = '0/3 nodes are available: persistentvolumeclaim "data" not found.' + TAIL
    scheduling, claim = read("FailedScheduling", message)
    assert isinstance(scheduling.value, dict)
    assert (scheduling.value["claims"], scheduling.value["nodes"]) == (3, 3)
    value = {"volume": "", "kind": "PersistentVolumeClaim", "name": "data"}
    assert (claim.name, claim.value) == ("mount.missing", value)
