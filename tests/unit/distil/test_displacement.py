"""Evictions, preemptions, budgets, namespaces and volumes: what is read of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.distil.evictions import evicted, preempted
from tools.distil.facts import FactList
from tools.distil.item import Item
from tools.distil.namespaces import namespace
from tools.distil.scalers import budget
from tools.distil.storage import volume

NODE = (
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi. Container "
    "cart was using 812316Ki, request is 0, has larger consumption of memory. "
)


def stated(read: Any, kind: str, raw: dict[str, Any]) -> dict[str, Any]:
    """The facts that a reader states of one object, by name."""
    facts = FactList("m1")
    read(Item({"metadata": {"name": "x", "namespace": "shop"}, **raw}, kind, "", facts))
    return {fact.name: fact.value for fact in facts.facts}


@pytest.mark.parametrize(
    ("message", "value"),
    [
        (
            'Usage of EmptyDir volume "tmp" exceeds the limit "1Gi". ',
            {"by": "emptydir", "volume": "tmp", "limit": "1Gi"},
        ),
        (
            'Container cart exceeded its local ephemeral storage limit "1Gi". ',
            {"by": "container-limit", "container": "cart", "limit": "1Gi"},
        ),
        (
            "Pod ephemeral local storage usage exceeds the total limit of containers 2Gi. ",
            {"by": "pod-limit", "limit": "2Gi"},
        ),
        (
            NODE,
            {
                "by": "node",
                "resource": "memory",
                "container": "cart",
                "used": "812316Ki",
                "request": "0",
            },
        ),
        ("The node had condition: [DiskPressure]. ", {"by": "node", "resource": "DiskPressure"}),
        ("Evicted by an operator", {"by": "other"}),
    ],
)
def test_evictions(message: str, value: dict[str, str]) -> None:
    assert evicted(message).value == {**value, "message": message.strip()}


@pytest.mark.parametrize(
    ("message", "by"),
    [
        ("Preempted by pod 0d6cf0c3-5b0a on node node1", "0d6cf0c3-5b0a"),
        ("Preempted by shop/billing-0 on node node1", "shop/billing-0"),
    ],
)
def test_preemptions(message: str, by: str) -> None:
    (statement,) = preempted(message)
    assert statement.name == "pod.preempted"
    assert statement.value == {"by": by, "node": "node1", "message": message}


def test_a_preemption_that_names_nobody_states_nothing() -> None:
    assert preempted("Preempted") == []


@given(st.text(max_size=200))
def test_no_text_makes_them_raise(text: str) -> None:
    assert evicted(text).name == "pod.evicted"
    assert len(preempted(text)) <= 1


def test_a_budget_tells_its_rule_and_its_numbers() -> None:
    spec = {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "cart"}}}
    status = {"currentHealthy": 3, "desiredHealthy": 3, "expectedPods": 3, "disruptionsAllowed": 0}
    assert stated(budget, "PodDisruptionBudget", {"spec": spec, "status": status}) == {
        "budget.selector": {"app": "cart"},
        "budget.rule": {"maxUnavailable": 0},
        "budget.healthy": 3,
        "budget.desired": 3,
        "budget.expected": 3,
        "budget.allowed": 0,
    }


def test_a_namespace_tells_what_its_end_waits_for() -> None:
    conditions = [
        {
            "type": "NamespaceContentRemaining",
            "status": "True",
            "message": "Some resources are remaining: configmaps. has 2 resource instances, "
            "databases.acme.example has 1 resource instances",
        },
        {
            "type": "NamespaceFinalizersRemaining",
            "status": "True",
            "message": "Some content in the namespace has finalizers remaining: "
            "acme.example/backup in 3 resource instances",
        },
        {"type": "NamespaceDeletionContentFailure", "status": "False", "message": "fine"},
    ]
    raw = {"status": {"phase": "Terminating", "conditions": conditions}}
    assert stated(namespace, "Namespace", raw) == {
        "namespace.phase": "Terminating",
        "namespace.remaining": {"configmaps": 2, "databases.acme.example": 1},
        "namespace.finalizers": {"acme.example/backup": 3},
    }


def test_a_volume_tells_whose_it_is() -> None:
    spec = {
        "claimRef": {"namespace": "shop", "name": "data"},
        "persistentVolumeReclaimPolicy": "Retain",
    }
    assert stated(volume, "PersistentVolume", {"spec": spec, "status": {"phase": "Released"}}) == {
        "pv.phase": "Released",
        "pv.claim": "shop/data",
        "pv.reclaim": "Retain",
    }
