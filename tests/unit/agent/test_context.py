"""Templates: nothing half filled becomes a move, nothing from the cluster becomes YAML structure."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from agent.context import render, render_move, view_context
from agent.derive import derive
from agent.playbook import load_catalogue
from agent.views import View
from tools.fact import Fact
from tools.objects import ObjectRef

POD = ObjectRef(kind="Pod", namespace="shop", name="cart-1", container="cart")
VIEW = View(ObjectRef(kind="Deployment", namespace="shop", name="cart"), "crash-loop", POD, POD)


@pytest.mark.parametrize(
    ("template", "move"),
    [
        ("kubectl get node {{ it.pod.node }} -o json", ""),
        ("kubectl get node {{ name }} -o json", "kubectl get node n1 -o json"),
        ("{% if it.pod.node %}kubectl get node {{ it.pod.node }}{% endif %}", ""),
        ("kubectl get events -n {{ ns }} -o json", ""),
    ],
)
def test_a_move_that_names_something_unknown_is_not_made(template: str, move: str) -> None:
    assert render_move(template, {"it": {}, "name": "n1"}) == move


def test_in_sentences_what_is_unknown_is_left_out() -> None:
    assert render("exits {{ it.container.exit.code }} now", {"it": {}}) == "exits now"


@pytest.mark.parametrize(
    "path", ["/x, scheme: HTTPS", "/x}", '/"quoted"', "/a: b", "/$(id)", "/\nb"]
)
def test_cluster_text_stays_a_value_in_patches(path: str) -> None:
    probe: dict[str, Any] = {"type": "http", "port": 80, "path": path, "initial_delay": 1}
    facts = {
        "spec.probe.liveness": [
            Fact(id="m1.1", subject=POD, name="spec.probe.liveness", value=probe)
        ]
    }
    view = View(VIEW.object, VIEW.symptom, POD, POD, facts=facts)
    cause = load_catalogue().cause("probe.liveness-kills-start")
    assert cause is not None
    assert cause.remedy is not None
    (step,) = cause.remedy.moves
    assert step.manifest is not None
    text = render(step.manifest, view_context(view, derive([])))
    patch = YAML(typ="safe").load(text)
    (container,) = patch["spec"]["template"]["spec"]["containers"]
    assert container["startupProbe"]["httpGet"] == {"path": path, "port": 80}


@pytest.mark.parametrize(
    ("number", "resource", "written"),
    [(1300, "requests.cpu", "1300m"), (2**30, "limits.memory", "1Gi"), (7, "pods", "7")],
)
def test_amounts_are_written_as_their_resource_asks(
    number: int, resource: str, written: str
) -> None:
    assert render("{{ n | amount(r) }}", {"n": number, "r": resource}) == written


def test_a_value_is_one_word_of_a_command() -> None:
    assert render("X={{ v | sh }}", {"v": "a&b c"}) == "X='a&b c'"
