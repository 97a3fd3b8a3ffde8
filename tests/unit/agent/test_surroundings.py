"""Facts about what surrounds a program: roles, webhooks, CPU limits, sidecars; and what they prove."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from agent.derive import derive
from agent.index import FactIndex
from tests.unit.agent.test_derivations import facts, ref

BOX = ref("Pod", "cart-1", "cart")
ASKED = {
    "user": "system:serviceaccount:shop:cart",
    "verb": "list",
    "resource": "pods",
    "group": "",
    "namespace": "shop",
}
RULE = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"], "resourceNames": []}


def granted(rule: dict[str, Any], account: str | None) -> FactIndex:
    rows: list[Any] = [
        (BOX, "log.forbidden", ASKED),
        (ref("Role", "reader"), "role.rules", [rule]),
    ]
    if account:
        subject = {"kind": "ServiceAccount", "name": account, "namespace": "shop"}
        rows += [
            (ref("RoleBinding", "readers"), "binding.role", "Role/reader"),
            (ref("RoleBinding", "readers"), "binding.subjects", [subject]),
        ]
    return derive(facts(*rows)).index


def test_a_role_bound_to_another_account_is_found() -> None:
    found = granted(RULE, "other").value(BOX, "rbac.grant")
    assert found == {
        "role": "reader",
        "bindings": [{"name": "readers", "subjects": ["shop:other"]}],
    }
    assert granted(RULE, None).value(BOX, "rbac.grant") == {"role": "reader", "bindings": []}


@pytest.mark.parametrize(
    "change",
    [{"verbs": ["get"]}, {"apiGroups": ["apps"]}, {"resources": []}, {"resourceNames": ["x"]}],
)
def test_a_role_that_does_not_allow_it_is_none(change: dict[str, Any]) -> None:
    assert granted(RULE | change, "other").fact(BOX, "rbac.grant") is None


def test_what_has_been_granted_is_no_finding() -> None:
    assert granted(RULE, "cart").fact(BOX, "rbac.grant") is None


def test_a_webhook_is_traced_to_its_configuration() -> None:
    hook = {"name": "a.b", "policy": "Fail", "namespace": "n", "service": "s"}
    other = hook | {"name": "x.y"}
    holder = ref("ValidatingWebhookConfiguration", "guard").model_copy(update={"namespace": None})
    denied = {"by": "webhook", "name": "a.b", "message": "failed calling webhook"}
    cart = ref("ReplicaSet", "cart-1")
    rows = ((cart, "create.denied", denied), (holder, "webhook.hooks", [other, hook]))
    found = derive(facts(*rows)).index.mapping(cart, "webhook.configuration")
    assert (found["name"], found["number"], found["service"]) == ("guard", 1, "s")


@pytest.mark.parametrize(("used", "pinned"), [(50, True), (45, True), (44, False), (1, False)])
def test_a_container_at_its_limit_is_pinned(used: int, pinned: bool) -> None:
    rows = ((BOX, "usage.cpu", used), (BOX, "spec.limit.cpu", 50))
    assert (derive(facts(*rows)).index.fact(BOX, "cpu.pinned") is not None) == pinned


SIDECAR = ref("Pod", "cart-1", "proxy")
BLOCKED = (
    (ref("Pod", "cart-1"), "pod.phase", "Pending"),
    (BOX, "container.waiting.reason", "PodInitializing"),
    (SIDECAR, "spec.sidecar", True),
    (SIDECAR, "container.started", False),
    (SIDECAR, "probe.startup.failed", {"message": "refused"}),
)


def test_a_sidecar_that_holds_up_the_others() -> None:
    found = derive(facts(*BLOCKED)).index.mapping(ref("Pod", "cart-1"), "sidecar.blocking")
    assert (found["container"], found["message"]) == ("proxy", "refused")


@pytest.mark.parametrize("rows", list(combinations(BLOCKED, len(BLOCKED) - 1))[:-1])
def test_nothing_less_makes_a_sidecar_the_culprit(rows: Any) -> None:
    assert not derive(facts(*rows)).index.named("sidecar.blocking")
