"""The whole ladder against an API server: names, schema and access, with their hints."""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest

from sandbox.cluster import ClusterView
from sandbox.gate import Gate
from sandbox.simulator.store import Store
from tests.integration.gate.conftest import Answer, ScriptedServer
from tools.api import Api
from tools.kubectl.policy import EVERYWHERE, PolicyScope
from tools.ladder import TRY, Ladder
from tools.manifest import moves
from tools.move import Move, Target
from tools.objects import ObjectRef
from tools.verdict import Verdict

pytestmark = pytest.mark.integration
SHOP = PolicyScope(frozenset({"shop"}))


def gate(api: Api, scope: PolicyScope = SHOP, **options: Any) -> Gate:
    return Gate(Ladder.packed(), ClusterView(api), scope, **options)


def judge(api: Api, line: str, **options: Any) -> Verdict:
    return gate(api, **options).judge(line).verdict


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get pods",
        "kubectl get pod cart-7d9f000 -o yaml",
        "kubectl get deploy,svc,po,endpointslices.discovery.k8s.io",
        "kubectl get all",
        "kubectl get nodes",
        "kubectl describe pod cart-7d",
        "kubectl logs deploy/cart",
        "kubectl events --for pod/gone",
        "kubectl rollout status deploy/cart",
        "kubectl explain deployment.spec.template.spec.containers.livenessProbe",
        "kubectl get pod gone --ignore-not-found",
        "kubectl wait --for=create pod/coming --timeout=5s",
        "kubectl auth can-i get pods",
        "kubectl version",
    ],
)
def test_right_reads_pass(api: Api, line: str) -> None:
    verdict = judge(api, line)
    assert verdict.decision == "allow", verdict


@pytest.mark.parametrize(
    ("line", "reason", "hint"),
    [
        ("kubectl get podz", "unknown-kind", "pods"),
        ("kubectl get kubernetespods", "unknown-kind", "did you mean pods?"),
        ("kubectl get deploy,widgets", "unknown-kind", "kubectl api-resources"),
        ("kubectl get pod cart-7d9f00x", "not-found", "did you mean cart-7d9f00"),
        ("kubectl describe deploy crt", "not-found", "did you mean cart?"),
        ("kubectl logs cart", "not-found", "did you mean deployment/cart?"),
        ("kubectl get svc nothing-like-it", "not-found", "there are no services here"),
        ("kubectl rollout undo deploy/cartt", "not-found", "did you mean cart?"),
        ("kubectl top pod", "unknown-kind", "kubectl describe"),
    ],
)
def test_wrong_names_come_back_with_a_hint(api: Api, line: str, reason: str, hint: str) -> None:
    verdict = judge(api, line)
    assert (verdict.decision, verdict.rung, verdict.reason) == ("repair", "names", reason)
    assert hint in verdict.hint
    assert verdict.hint.count(",") <= 5


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("kubectl logs <pod-name>", "kubectl logs cart-7d9f000 -n shop"),
        ("kubectl logs ${POD}", "kubectl logs cart-7d9f000 -n shop"),
        ("kubectl describe deploy/<your app>", "kubectl describe deploy cart -n shop"),
        ("kubectl describe svc <name>", "kubectl describe svc -n shop"),  # there is none
        ("kubectl get secret <name>", "kubectl describe pods -n shop"),
        ("kubectl get <kind> web", ""),
    ],
)
def test_a_placeholder_is_filled_with_what_is_there(api: Api, line: str, instead: str) -> None:
    verdict = judge(api, line)
    assert (verdict.decision, verdict.rung) == ("refuse", "parse")
    assert verdict.hint.partition(TRY)[2] == instead


def test_namespaces(api: Api) -> None:
    wide = gate(api, EVERYWHERE)
    verdict = wide.judge("kubectl get pods -n shpo").verdict
    assert (verdict.reason, verdict.hint) == ("no-namespace", "did you mean shop?")
    assert wide.judge("kubectl get pods -n web").verdict.decision == "allow"
    assert wide.judge("kubectl get ns webb").verdict.reason == "not-found"
    assert judge(api, "kubectl get pods -n web").rung == "policy"


def test_what_the_incident_names_may_be_looked_up(api: Api) -> None:
    ref = ObjectRef(kind="Pod", namespace="shop", name="gone")
    assert judge(api, "kubectl get pod gone").decision == "repair"
    assert judge(api, "kubectl get pod gone", asked=frozenset({ref})).decision == "allow"
    other = ref.model_copy(update={"kind": "Deployment"})
    assert judge(api, "kubectl get pod gone", asked=frozenset({other})).decision == "repair"


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get secrets",
        "kubectl get SECRET/password",
        "kubectl get secrets.v1.",
        "kubectl get deploy,secret",
        "kubectl describe secret password",
    ],
)
def test_secrets_are_refused(api: Api, line: str) -> None:
    assert judge(api, line).decision == "refuse"


def test_explain_checks_the_path(api: Api) -> None:
    verdict = judge(api, "kubectl explain deploy.spec.template.spec.containers.imag")
    assert (verdict.rung, verdict.reason) == ("schema", "unknown-field")
    assert verdict.hint == "did you mean deploy.spec.template.spec.containers.image?"
    assert judge(api, "kubectl explain nothing").reason == "unknown-kind"


def test_writes_wait_for_a_person(api: Api) -> None:
    verdict = judge(api, "kubectl rollout restart deploy/cart")
    assert (verdict.decision, verdict.rung) == ("approve", "access")
    words = ["kubectl", "patch", "deploy", "cart", "-p"]
    wrong = gate(api).judge([*words, '{"spec":{"replica":2}}']).verdict
    assert (wrong.decision, wrong.rung) == ("repair", "schema")
    assert "the cluster" in wrong.message
    right = gate(api).judge([*words, '{"spec":{"replicas":2}}']).verdict
    assert right.decision == "approve"


def test_manifests_meet_the_same_rungs(api: Api, narrow_api: Api) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new, namespace: shop}\ndata: {a: b}\n"
    move = moves.parse(text)
    assert gate(api).judge(move).verdict.decision == "approve"
    assert gate(narrow_api).judge(move).verdict.reason == "forbidden"
    patch = moves.parse(
        "spec: {replicas: 2}",
        target=Target(resource="deployments", name="crt"),
        patch="merge",
        namespace="shop",
    )
    assert gate(api).judge(patch).verdict.reason == "not-found"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("kubectl get deploy", "list deployments.apps in namespace shop"),
        ("kubectl get nodes", "list nodes cluster-wide"),
        ("kubectl get pods -A", "list pods in all namespaces"),
        ("kubectl delete pod cart-7d9f001 -n shop", "delete pods in namespace shop"),
    ],
)
def test_rbac_is_said_before_it_is_met(narrow_api: Api, line: str, what: str) -> None:
    verdict = judge(narrow_api, line, scope=EVERYWHERE, namespace="shop")
    assert (verdict.decision, verdict.rung, verdict.reason) == ("repair", "access", "forbidden")
    assert f"RBAC does not allow {what}" in verdict.hint


@pytest.mark.parametrize("line", ["kubectl get pods -n shop", "kubectl logs cart-7d9f001 -n shop"])
def test_rbac_lets_pass_what_is_allowed(narrow_api: Api, line: str) -> None:
    assert judge(narrow_api, line).decision == "allow"


def test_names_moves(api: Api, narrow_api: Api) -> None:
    move = Move(
        kind="names",
        command=("names",),
        targets=(Target(resource="Secret"),),
        namespace="shop",
        text="# names of Secret in shop",
    )
    assert gate(api).judge(move).verdict.decision == "allow"
    assert gate(narrow_api).judge(move).verdict.reason == "forbidden"
    outside = move.model_copy(update={"namespace": "web"})
    assert gate(api).judge(outside).verdict.decision == "refuse"


def test_nothing_is_held_against_a_move_when_discovery_is_closed(
    scripted: ScriptedServer, scripted_api: Api
) -> None:
    scripted.script = lambda *_: Answer(403, {"kind": "Status", "reason": "Forbidden"})
    verdict = judge(scripted_api, "kubectl get pods -n shop")
    assert verdict.decision == "allow"
    assert judge(scripted_api, "kubectl get secrets -n shop").decision == "refuse"


def test_only_reads_and_reviews_are_sent(scripted: ScriptedServer, scripted_api: Api) -> None:
    scripted.script = lambda *_: Answer(403, {"kind": "Status", "reason": "Forbidden"})
    judged = gate(scripted_api)
    for line in ("kubectl delete pod x -n shop", "kubectl scale deploy/x --replicas=1 -n shop"):
        judged.judge(line)
    posts = {path for method, path, _ in scripted.asked if method != "GET"}
    assert all("/selfsubject" in path for path in posts)


def test_speed_on_a_cached_snapshot(api: Api, store: Store) -> None:
    """Two milliseconds is the product's own goal for the median; measured about 0.1 ms."""
    judged = gate(api)
    lines = (
        "kubectl get pods -n shop",
        "kubectl get pod cart-7d9f012 -n shop",
        "kubectl describe deploy cart -n shop",
        "kubectl logs deploy/cart -n shop --tail=50",
    )
    times = []
    for _ in range(60):
        for line in lines:
            start = time.perf_counter()
            assert judged.judge(line).verdict.decision == "allow"
            times.append(time.perf_counter() - start)
    assert statistics.median(times) <= 0.002


def test_a_query_needs_a_prometheus(api: Api) -> None:
    line = "promtool query instant 'up{namespace=\"shop\"}'"
    assert gate(api, prometheus=True).judge(line).verdict.decision == "allow"
    assert gate(api).judge(line).verdict.reason == "no-prometheus"
