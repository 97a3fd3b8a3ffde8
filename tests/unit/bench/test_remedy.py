"""Proposed fixes as steps, and what trying them out shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from agent.bench.remedy import steps_of, try_out
from agent.reportparts import Remedy, RemedyMove
from sandbox.instance import Apply, Patch
from sandbox.scenario import load
from tools.errors import UsageError

AT = datetime(2026, 11, 23, 7, tzinfo=UTC)
PATCH = "spec:\n  replicas: 2\n"


def yaml_of(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"


def test_commands_become_steps_and_reads_do_not() -> None:
    moves = [
        RemedyMove(text="kubectl describe pod x -n shop"),
        RemedyMove(text="kubectl rollout undo deployment/cart -n shop"),
        RemedyMove(
            text="kubectl patch deployment cart -n shop --patch-file p.yaml", manifest=PATCH
        ),
        RemedyMove(text="kubectl apply -f x.yaml", manifest=yaml_of("a") + "---\n" + yaml_of("b")),
    ]
    assert steps_of(moves) == [
        "rollout undo deployment/cart -n shop",
        'patch deployment cart -n shop -p \'{"spec": {"replicas": 2}}\'',
        Apply(apply={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}),
        Apply(apply={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}),
    ]


@pytest.mark.parametrize(
    "move",
    [
        RemedyMove(text="kubectl set env deployment/cart URL=<value>"),
        RemedyMove(text="kubectl patch deployment cart --patch-file p", manifest="a: <the name>"),
        RemedyMove(text="helm rollback cart"),
        RemedyMove(text="kubectl patch deployment cart --patch-file p", manifest="a: [1"),
    ],
)
def test_what_cannot_be_carried_out(move: RemedyMove) -> None:
    with pytest.raises(UsageError):
        steps_of([move])


def test_a_right_and_a_wrong_fix_and_none() -> None:
    instance = load("service-selector", 1)
    service = instance.alert["service"]
    right = instance.fixes.right[0][0]
    assert isinstance(right, Patch)
    text = f"kubectl patch service {service} --type=merge --patch-file p.yaml"
    fixed = try_out(_remedy(text, json.dumps(right.patch)), instance, AT)
    assert fixed.fixed is True, fixed.note
    wrong = try_out(_remedy(f"kubectl label service {service} a=b"), instance, AT)
    assert wrong.fixed is False
    refused = try_out(_remedy("kubectl delete service nothing-like-it"), instance, AT)
    assert refused.fixed is False
    assert "not found" in refused.note
    assert try_out(None, instance, AT).fixed is None
    assert try_out(_remedy("kubectl get pods"), instance, AT).fixed is None
    assert try_out(_remedy("kubectl set env deployment/a B=<value>"), instance, AT).fixed is None


def _remedy(text: str, manifest: str | None = None) -> Remedy:
    return Remedy(summary="x", moves=[RemedyMove(text=text, manifest=manifest)])
