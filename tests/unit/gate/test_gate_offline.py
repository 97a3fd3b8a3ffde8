"""The gate without a cluster: parse, tree and policy, and the packed schemas for what is written."""

from __future__ import annotations

import pytest

from sandbox.gate import Gate
from tools.kubectl.policy import EVERYWHERE, PolicyScope
from tools.ladder import Ladder
from tools.manifest import moves
from tools.move import Move, Target

GATE = Gate(Ladder.packed(), None, EVERYWHERE)
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'nginx:1.27'}]
"""


@pytest.mark.parametrize(
    ("line", "decision", "rung"),
    [
        ("kubectl get pods -n shop", "allow", "policy"),
        ("kubectl get podz -n shop", "allow", "policy"),
        ("kubectl get pods --nope", "repair", "tree"),
        ("kubectl get secrets", "refuse", "policy"),
        ("kubectl get pods | sh", "refuse", "parse"),
        ("kubectl rollout undo deploy/web -n shop", "approve", "policy"),
        ("promtool query instant 'up == 0'", "allow", "policy"),
    ],
)
def test_commands(line: str, decision: str, rung: str) -> None:
    verdict = GATE.judge(line).verdict
    assert (verdict.decision, verdict.rung) == (decision, rung)


def test_a_typed_move_is_judged_like_its_text() -> None:
    judged = GATE.judge("kubectl get pods -n shop -o wide", proposed_by="nano")
    assert judged.move is not None
    assert judged.move.proposed_by == "nano"
    assert GATE.judge(judged.move).verdict == judged.verdict
    forged = judged.move.model_copy(update={"namespace": "web"})
    assert GATE.judge(forged).verdict.decision == "refuse"


def test_patches_are_checked_against_the_packed_schemas() -> None:
    words = ["kubectl", "patch", "deploy", "web", "-n", "shop", "-p"]
    wrong = GATE.judge([*words, '{"spec":{"replica":2}}']).verdict
    assert (wrong.decision, wrong.rung, wrong.reason) == ("repair", "schema", "unknown-field")
    assert "replicas" in wrong.hint
    assert GATE.judge([*words, '{"spec":{"replicas":2}}']).verdict.decision == "approve"


def test_manifests() -> None:
    right = GATE.judge(moves.parse(DEPLOYMENT)).verdict
    assert (right.decision, right.risk) == ("approve", "write-namespaced")
    wrong = GATE.judge(moves.parse(DEPLOYMENT.replace("image", "imag"))).verdict
    assert (wrong.decision, wrong.rung) == ("repair", "schema")
    assert "did you mean image?" in wrong.hint
    elsewhere = Gate(Ladder.packed(), None, PolicyScope(frozenset({"web"})))
    assert elsewhere.judge(moves.parse(DEPLOYMENT)).verdict.decision == "refuse"


def test_names_need_a_cluster() -> None:
    move = Move(kind="names", command=("names",), targets=(Target(resource="Secret"),), text="#")
    assert GATE.judge(move).verdict.decision == "refuse"
