"""Errors on stderr, names lists, `-o name` and what other moves state."""
# ruff: noqa: E501 - real messages stand on one line

from __future__ import annotations

from typing import Any

import pytest

from tests.recording import index, load
from tests.unit.distil.distilled import answered, get_move, of, values
from tools.distil import distil
from tools.distil.kinds import kind_of
from tools.fact import Fact
from tools.move import Move, Target
from tools.output import Output


def failed(stderr: str, **more: Any) -> list[Fact]:
    output = Output(exit_code=1, stdout="", stderr=stderr)
    return distil(get_move("pods", **more), output)


@pytest.mark.parametrize("recording", list(index()))
def test_recorded_not_found(recording: str) -> None:
    recorded = load(recording)
    facts = of(recorded.command("get pod no-such-pod"))
    assert values(facts, "object.exists") == {f"Pod/{recorded.namespace}/no-such-pod": False}
    assert facts[0].evidence[0].quote.endswith('pods "no-such-pod" not found')


@pytest.mark.parametrize(
    ("stderr", "subject"),
    [
        ('Error from server (NotFound): deployments.apps "web" not found', "Deployment/shop/web"),
        ('Error from server (NotFound): nodes "n1" not found', "Node/n1"),
        ('Error from server (NotFound): widgets.acme.io "w" not found', "widgets.acme.io/shop/w"),
        ('error: error from server (NotFound): pods "p" not found in namespace "x"', "Pod/x/p"),
    ],
)
def test_not_found(stderr: str, subject: str) -> None:
    facts = failed(f"{stderr}\n{stderr}\n")
    assert [(str(f.subject), f.name, f.value) for f in facts] == [(subject, "object.exists", False)]


def test_forbidden() -> None:
    listing = 'Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods" in API group "" in the namespace "shop"'
    one = 'Error from server (Forbidden): deployments.apps "web" is forbidden: User "u" cannot get resource "deployments" in API group "apps" in the namespace "shop": RBAC: x'
    node = 'Error from server (Forbidden): nodes is forbidden: User "u" cannot list resource "nodes" in API group "" at the cluster scope'
    log = 'Error from server (Forbidden): pods "web-1" is forbidden: User "u" cannot get resource "pods/log" in API group "" in the namespace "shop"'
    denied = values(failed("\n".join((listing, one, node, log))), "access.denied")
    assert {s: (v["verb"], v["resource"]) for s, v in denied.items() if isinstance(v, dict)} == {
        "Pod/shop/*": ("list", "pods"),
        "Deployment/shop/web": ("get", "deployments"),
        "Node/*": ("list", "nodes"),
        "Pod/shop/web-1": ("get", "pods/log"),
    }


@pytest.mark.parametrize(
    "stderr",
    [
        'error: the server doesn\'t have a resource type "podz"',
        "Error: unknown flag: --show-namespace\nSee 'kubectl get --help' for usage.",
        "error: Metrics API not available",
        "Unable to connect to the server: dial tcp: i/o timeout",
        "",
    ],
)
def test_other_errors_state_nothing(stderr: str) -> None:
    assert failed(stderr) == []


def test_ignore_not_found_says_nothing_and_means_absent() -> None:
    target = Target(resource="cm", name="cart")
    move = get_move("cm", flags={"ignore-not-found": True}).model_copy(
        update={"targets": (target,)}
    )
    silent = Output(exit_code=0, stdout="", stderr="")
    assert values(distil(move, silent), "object.exists") == {"ConfigMap/shop/cart": False}
    assert distil(move, silent.model_copy(update={"exit_code": 1})) == []
    plain = move.model_copy(update={"flags": {"output": "json"}})
    assert distil(plain, silent) == []


@pytest.mark.parametrize(
    "command", ["get deployments -o wide", "describe deployments", "get jobs -o wide"]
)
def test_no_resources_found_is_an_empty_list(command: str) -> None:
    found = values(of(load("pvc-pending").command(command)), "list.names")
    assert list(found.values()) == [[]]


def names_move() -> Move:
    return Move(id="m1", kind="names", command=("names",), text="names Secret")


def test_names_move() -> None:
    doc = {"kind": "Secret", "namespace": "shop", "names": ["b", "a"], "complete": True}
    facts = distil(names_move(), answered(doc))
    assert values(facts, "list.names") == {"Secret/shop/*": ["b", "a"]}
    part = distil(names_move(), answered(doc | {"complete": False}))
    assert values(part, "list.names") == {}
    assert values(part, "object.exists") == {"Secret/shop/b": True, "Secret/shop/a": True}
    assert distil(names_move(), answered({"names": ["a"]})) == []
    assert distil(names_move(), Output(exit_code=1, stdout="nope", stderr="")) == []


def test_name_output() -> None:
    stdout = "pod/web-1\npod/web-2\n\ngarbage\ndeployment.apps/web\n"
    output = Output(exit_code=0, stdout=stdout, stderr="")
    facts = distil(get_move("po,deploy,sts", output="name"), output)
    assert values(facts, "list.names") == {
        "Pod/shop/*": ["web-1", "web-2"],
        "Deployment/shop/*": ["web"],
        "StatefulSet/shop/*": [],
    }
    assert values(facts, "object.exists")["Deployment/shop/web"] is True
    (web,) = [fact for fact in facts if str(fact.subject) == "Deployment/shop/web"]
    assert web.evidence[0].lines == (5, 5)


@pytest.mark.parametrize("output", ["jsonpath={.items[*].metadata.name}", "custom-columns=A:.b"])
def test_free_forms_state_nothing(output: str) -> None:
    answer = Output(exit_code=0, stdout="web-1 web-2\n", stderr="")
    assert distil(get_move("pods", output=output), answer) == []


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ("po", "Pod"),
        ("PODS", "Pod"),
        ("deployment.apps", "Deployment"),
        ("deployments.v1.apps", "Deployment"),
        ("quota", "ResourceQuota"),
        ("pvc", "PersistentVolumeClaim"),
        ("podz", None),
        ("", None),
    ],
)
def test_kind_of(resource: str, kind: str | None) -> None:
    assert kind_of(resource) == kind
