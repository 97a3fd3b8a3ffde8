"""Programs that ask the API server: what RBAC grants their ServiceAccount, and what they log."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.engine import Engine
from sandbox.simulator.intake import apply
from sandbox.simulator.kubelet.grants import refusal
from tests.unit.simulator_physics.labs import NS, container, lab, obj

API = "rbac.authorization.k8s.io"


def role(**rule: Any) -> dict[str, Any]:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"], **rule}]
    return obj("Role", "reader", f"{API}/v1", rules=rules)


def bound(subject: dict[str, str], kind: str = "Role") -> dict[str, Any]:
    ref = {"apiGroup": API, "kind": kind, "name": "reader"}
    return obj("RoleBinding", "readers", f"{API}/v1", roleRef=ref, subjects=[subject])


def asked(*manifests: dict[str, Any], wish: str = "list pods") -> str | None:
    engine = lab(None, *manifests)
    pod = {"metadata": {"namespace": NS}, "spec": {"serviceAccountName": "sa"}}
    return refusal(engine, pod, wish)


ACCOUNT = {"kind": "ServiceAccount", "name": "sa", "namespace": NS}


def test_nothing_is_allowed_by_itself() -> None:
    assert asked() == (
        f'pods is forbidden: User "system:serviceaccount:{NS}:sa" cannot list resource "pods" in '
        f'API group "" in the namespace "{NS}"'
    )
    assert "leases.coordination.k8s.io" in str(asked(wish="get leases.coordination.k8s.io/x"))


@pytest.mark.parametrize(
    "subject",
    [
        ACCOUNT,
        {"kind": "Group", "apiGroup": API, "name": f"system:serviceaccounts:{NS}"},
        {"kind": "User", "apiGroup": API, "name": f"system:serviceaccount:{NS}:sa"},
    ],
)
def test_a_binding_grants_a_role(subject: dict[str, str]) -> None:
    assert asked(role(), bound(subject)) is None


@pytest.mark.parametrize(
    "manifests",
    [
        [role()],
        [role(), bound(ACCOUNT | {"name": "other"})],
        [role(), bound(ACCOUNT | {"namespace": "elsewhere"})],
        [role(verbs=["get"]), bound(ACCOUNT)],
        [role(apiGroups=["apps"]), bound(ACCOUNT)],
        [bound(ACCOUNT)],
        [role(), bound(ACCOUNT, "ClusterRole")],
    ],
)
def test_less_grants_nothing(manifests: list[dict[str, Any]]) -> None:
    assert asked(*manifests) is not None


def test_a_program_is_well_as_soon_as_it_may() -> None:
    needs = {"may": "list pods", "unhealthy": ["/ready"], "wait": 5, "log": ['err="{error}"']}
    probe = {"httpGet": {"path": "/ready", "port": 8080}}
    box = container(ports=[{"containerPort": 8080}], readinessProbe=probe)
    pod = obj("Pod", "one", spec={"containers": [box]})
    engine = lab({"apps": [{"image": "acme/app:1", "requires": [needs]}]}, pod)
    engine.advance(60)
    assert not ready(engine)
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": NS}
    for manifest in (role(), bound(subject)):
        apply(engine, manifest, NS)
    engine.advance(60)
    assert ready(engine)


def ready(engine: Engine) -> bool:
    found = engine.store.get("pods", NS, "one")
    assert found is not None
    return bool(found["status"]["containerStatuses"][0]["ready"])
