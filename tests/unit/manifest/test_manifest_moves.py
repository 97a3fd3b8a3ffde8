"""Manifest moves: typed, screened by policy, checked against schemas, never trusted by their text."""

from __future__ import annotations

from typing import Any

import pytest

from tools.kubectl.policy import EVERYWHERE, Policy, PolicyScope
from tools.manifest import moves
from tools.manifest.load import ManifestError
from tools.manifest.schema import SchemaSet
from tools.manifest.screen import screen as screen_move
from tools.move import Target
from tools.verdict import Verdict

SHOP = PolicyScope(frozenset({"shop"}))
WEB = Target(resource="deployments", name="web")

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: cart, namespace: shop}
data: {LEVEL: debug, privileged: "true"}
"""


def pod_spec(fields: str) -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
        "spec:\n  selector: {matchLabels: {a: b}}\n  template:\n"
        "    metadata: {labels: {a: b}}\n    spec:\n"
        "      containers: [{name: web, image: 'x:1'}]\n" + fields
    )


def screen(text: str, scope: PolicyScope = SHOP, **options: Any) -> Verdict:
    return screen_move(moves.parse(text, **options), scope, Policy.load())


def test_an_object_becomes_an_apply_move() -> None:
    move = moves.parse(CONFIG, proposed_by="human")
    assert move.command == ("apply",)
    assert move.namespace == "shop"
    assert move.targets == (Target(resource="configmap.v1.", name="cart"),)
    assert move.text == "kubectl apply -n shop -f -"
    assert move.proposed_by == "human"
    assert screen(CONFIG).decision == "approve"


def test_a_patch_becomes_a_command_that_can_be_pasted() -> None:
    move = moves.parse("spec:\n  replicas: 2\n", target=WEB, patch="strategic", namespace="shop")
    assert (
        move.text
        == (
            'kubectl patch deployments web -n shop --type=strategic --patch=\'{"spec":{"replicas":2}}\''
        )
        or "--patch={" in move.text
    )
    verdict = screen("spec: {replicas: 2}", target=WEB, patch="merge", namespace="shop")
    assert verdict.decision == "approve"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ("      hostNetwork: true\n", "hostNetwork"),
        ("      serviceAccountName: admin\n", "serviceAccountName"),
        ("      nodeName: n1\n", "nodeName"),
        ("      volumes: [{name: a, hostPath: {path: /}}]\n", "hostPath"),
        ("      initContainers: [{name: i, securityContext: {privileged: true}}]\n", "privileged"),
        ("      tolerations: [{operator: Exists}]\n", "toleration"),
        (
            "      initContainers: [{name: i, image: x, env: [{name: LD_PRELOAD, value: /x}]}]\n",
            "LD_PRELOAD",
        ),
    ],
)
def test_what_a_move_may_not_write(fields: str, word: str) -> None:
    verdict = screen(pod_spec(fields))
    assert (verdict.decision, verdict.rung, verdict.reason) == (
        "refuse",
        "policy",
        "forbidden-field",
    )
    assert word in verdict.message
    assert screen(pod_spec("      hostNetwork: false\n")).decision == "approve"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CONFIG.replace("shop", "kube-system"), "protected-namespace"),
        (CONFIG.replace("shop", "web"), "other-namespace"),
        (CONFIG.replace(", namespace: shop", ""), "namespace-missing"),
        (CONFIG.replace("ConfigMap", "Secret"), "kind-not-open"),
        (CONFIG.replace("ConfigMap", "Pod"), "kind-not-open"),
        (
            CONFIG.replace("v1\nkind: ConfigMap", "rbac.authorization.k8s.io/v1\nkind: Role"),
            "kind-not-open",
        ),
        (CONFIG.replace("v1\nkind: ConfigMap", "example.dev/v1\nkind: ConfigMap"), "kind-not-open"),
        (CONFIG.replace("name: cart,", "name: cart, finalizers: [a],"), "forbidden-field"),
        (
            CONFIG.replace("{name: cart,", "{labels: {magos.dev/x: y}, name: cart,"),
            "forbidden-field",
        ),
    ],
)
def test_where_and_what_is_refused(text: str, reason: str) -> None:
    verdict = screen(text)
    assert (verdict.decision, verdict.rung, verdict.reason) == ("refuse", "policy", reason)


def test_secrets_are_not_patched() -> None:
    for resource in ("secrets", "secret.v1.", "deployments.example.dev", "nodes", "widgets"):
        target = Target(resource=resource, name="x")
        verdict = screen("data: {a: b}", target=target, patch="merge", namespace="shop")
        assert verdict.reason == "kind-not-open", resource


@pytest.mark.parametrize("field", ["text", "namespace", "manifest", "targets"])
def test_a_forged_move_is_refused(field: str) -> None:
    forged: dict[str, Any] = {
        "text": "kubectl get pods",
        "namespace": "web",
        "manifest": CONFIG.replace("cart", "other"),
        "targets": (),
    }
    move = moves.parse(CONFIG).model_copy(update={field: forged[field]})
    verdict = screen_move(move, EVERYWHERE, Policy.load())
    assert (verdict.decision, verdict.rung) == ("refuse", "parse")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2", "duplicate-key"),
        ("kind: ConfigMap", "missing-field"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {}", "missing-field"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: 5}", "missing-field"),
    ],
)
def test_what_is_no_move(text: str, reason: str) -> None:
    with pytest.raises(ManifestError) as caught:
        moves.parse(text)
    assert caught.value.reason == reason


def test_a_patch_needs_its_object() -> None:
    with pytest.raises(ManifestError):
        moves.parse("spec: {}", patch="merge")
    with pytest.raises(ManifestError):
        moves.parse(CONFIG, namespace="other")


def test_the_schema_rung_repairs_with_hints() -> None:
    text = pod_spec("      hostnam: x\n      dnsPolcy: Default\n")
    move = moves.parse(text)
    verdict = moves.against_schema(move, moves.type_of(move), SchemaSet.packed())
    assert (verdict.decision, verdict.rung, verdict.reason) == ("repair", "schema", "unknown-field")
    assert "did you mean hostname?" in verdict.hint
    assert "did you mean dnsPolicy?" in verdict.hint
    patch = moves.parse("spec: {replica: 2}", target=WEB, patch="merge", namespace="shop")
    gvk = moves.packed_type("deploy")
    assert gvk is not None
    assert gvk.api_version == "apps/v1"
    assert moves.against_schema(patch, gvk, SchemaSet.packed()).reason == "unknown-field"
    assert moves.packed_type("widgets") is None
