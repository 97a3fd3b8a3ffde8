"""Roles, bindings, webhooks, securityContext, mounts, hooks, usage, and refusals in logs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.distil.distilled import facts_of, get_move, thing, values
from tools.distil import distil
from tools.fact import Fact
from tools.move import Move, Target
from tools.output import Output

BOX = "Pod/shop/web-1[web]"
SENTENCE = (
    'pods is forbidden: User "system:serviceaccount:shop:cart" cannot list resource "pods" in API '
    'group "" in the namespace "shop"'
)
ASKED = {
    "user": "system:serviceaccount:shop:cart",
    "verb": "list",
    "resource": "pods",
    "group": "",
    "namespace": "shop",
}


def logged(text: str) -> list[Fact]:
    move = Move(
        id="m3", kind="kubectl", command=("logs",), targets=(Target(resource="pods", name="web-1"),),
        flags={"container": "web"}, namespace="shop", text="kubectl logs web-1",
    )  # fmt: skip
    return distil(move, Output(exit_code=0, stdout=text, stderr=""))


def topped(text: str) -> list[Fact]:
    move = get_move("pods").model_copy(update={"command": ("top", "pods"), "flags": {}})
    return distil(move, Output(exit_code=0, stdout=text, stderr=""))


def pod(**container: Any) -> list[Fact]:
    spec = {"securityContext": container.pop("pod", {})}
    body = {"containers": [{"name": "web", "image": "i", **container}], **spec}
    return facts_of(thing("Pod", "web-1", spec=body))


@pytest.mark.parametrize(
    "line",
    [
        SENTENCE,
        f"Error: {SENTENCE}",
        'level=fatal msg="no" err="' + SENTENCE.replace('"', '\\"') + '"',
        "E1031 06:12:44.000000       1 main.go:121] " + SENTENCE,
    ],
)
def test_a_refusal_of_the_api_server_is_read(line: str) -> None:
    assert values(logged(line + "\n"), "log.forbidden") == {BOX: ASKED}


def test_a_refusal_for_the_whole_cluster_has_no_namespace() -> None:
    line = SENTENCE.replace('in the namespace "shop"', "at the cluster scope")
    assert values(logged(line), "log.forbidden") == {BOX: ASKED | {"namespace": ""}}


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("panic: open /data/db/x.tmp: read-only file system", "/data/db/x.tmp"),
        ("OSError: [Errno 30] Read-only file system: '/srv/a/b'", "/srv/a/b"),
        ("mkdir: can't create directory '/srv/a/b': Read-only file system", "/srv/a/b"),
        ("PermissionError: [Errno 13] Permission denied: '/data/wal/1'", "/data/wal/1"),
        ('level=fatal msg="no" err="open /data/a.db: permission denied"', "/data/a.db"),
    ],
)
def test_a_path_that_may_not_be_used_is_read(line: str, path: str) -> None:
    assert values(logged(line), "log.denied_path") == {BOX: path}


def test_security_of_the_container_goes_over_that_of_the_pod() -> None:
    found = pod(
        pod={"runAsUser": 1, "runAsNonRoot": True, "fsGroup": 7},
        securityContext={"runAsUser": 2, "readOnlyRootFilesystem": True},
    )
    assert values(found, "spec.security") == {
        BOX: {"run_as_user": 2, "run_as_non_root": True, "read_only_root": True, "fs_group": 7}
    }
    assert values(pod(), "spec.security") == {}


def test_mounts_leave_the_token_out() -> None:
    token = "/var/run/secrets/kubernetes.io/serviceaccount"
    found = pod(
        volumeMounts=[
            {"name": "data", "mountPath": "/data/"},
            {"name": "kube-api-access-x", "mountPath": token, "readOnly": True},
        ]
    )
    assert values(found, "spec.mounts") == {
        BOX: [{"volume": "data", "path": "/data", "read_only": False}]
    }


def test_hooks_are_told_in_words() -> None:
    hooks = {
        "postStart": {"exec": {"command": ["/join.sh", "-v"]}},
        "preStop": {"httpGet": {"path": "/quit", "port": 8080}},
    }
    assert values(pod(lifecycle=hooks), "spec.hooks") == {
        BOX: {"post_start": "/join.sh -v", "pre_stop": "GET /quit on port 8080"}
    }


def test_only_a_restartable_init_container_is_a_sidecar() -> None:
    inits = [{"name": "a", "image": "i", "restartPolicy": "Always"}, {"name": "b", "image": "i"}]
    body = {"initContainers": inits, "containers": [{"name": "web", "image": "i"}]}
    found = facts_of(thing("Pod", "web-1", spec=body))
    assert values(found, "spec.sidecar") == {"Pod/shop/web-1[a]": True}


def test_roles_and_bindings() -> None:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    found = facts_of(
        thing("Role", "reader", rules=[rule]),
        thing(
            "RoleBinding",
            "readers",
            roleRef={"kind": "Role", "name": "reader"},
            subjects=[{"kind": "ServiceAccount", "name": "a", "namespace": "shop"}],
        ),
        resource="roles,rolebindings",
    )
    assert values(found, "role.rules") == {"Role/shop/reader": [rule | {"resourceNames": []}]}
    assert values(found, "binding.role") == {"RoleBinding/shop/readers": "Role/reader"}
    assert values(found, "binding.subjects") == {
        "RoleBinding/shop/readers": [{"kind": "ServiceAccount", "name": "a", "namespace": "shop"}]
    }


def test_webhooks_say_whom_they_ask() -> None:
    hooks = [
        {"name": "a.b", "clientConfig": {"service": {"name": "s", "namespace": "n"}}},
        {"name": "c.d", "failurePolicy": "Ignore", "clientConfig": {"url": "https://x.example"}},
    ]
    kind = "ValidatingWebhookConfiguration"
    found = facts_of(thing(kind, "guard", webhooks=hooks), resource=f"{kind.lower()}s")
    assert [*values(found, "webhook.hooks").values()] == [
        [
            {"name": "a.b", "policy": "Fail", "namespace": "n", "service": "s"},
            {"name": "c.d", "policy": "Ignore", "namespace": "", "service": ""},
        ]
    ]


def test_usage_of_containers() -> None:
    found = topped(
        "POD     NAME   CPU(cores)   MEMORY(bytes)   \n"
        "web-1   web    50m          12Mi            \n"
        "web-2   web    2            1Gi             \n"
    )
    assert values(found, "usage.cpu") == {BOX: 50, "Pod/shop/web-2[web]": 2000}
    assert values(found, "usage.memory") == {BOX: 12 * 2**20, "Pod/shop/web-2[web]": 2**30}


def test_usage_of_pods_states_nothing() -> None:
    assert topped("NAME    CPU(cores)   MEMORY(bytes)\nweb-1   50m          12Mi\n") == []


@given(st.text(max_size=300))
def test_no_text_makes_usage_raise(text: str) -> None:
    topped(text)
    topped("POD  NAME  CPU(cores)  MEMORY(bytes)\n" + text)
