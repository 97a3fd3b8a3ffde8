"""Topics and names: what words are about, and which of them are names."""

from __future__ import annotations

import pytest

from agent.ask import names
from agent.ask.requested import listing, pasted
from agent.ask.topics import action_of, is_vocabulary, table, topic_of
from agent.context import render_move
from sandbox.gate import Gate
from tools.kubectl.policy import EVERYWHERE
from tools.ladder import Ladder
from tools.objects import ObjectRef


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("it crahses all the time", "crash"),
        ("latensy is terrible", "slow"),
        ("ERROR: no space left on device", "disk"),
        ("0/3 nodes are available: 3 Insufficient cpu.", "scheduling"),
        ("dial tcp: lookup db on 10.96.0.10:53: no such host", "dns"),
        ("Unable to connect to the server: net/http: TLS handshake timeout", "certificate"),
        ("what is the weather", "elsewhere"),
        ("CPUThrottlingHigh", "cpu"),
        ("logs from deployment/checkout", "logs"),
        ("https://shop.example.com is slow", "slow"),
        ("le certificat a expiré", "certificate"),
        ("kubectl get pods -w", "overview"),
        ("is redis up", "overview"),
        ("recommend a restaurant", None),
        ("zzz qqq", None),
        ("", None),
    ],
)
def test_topic(question: str, topic: str | None) -> None:
    assert topic_of(question) == topic


def test_a_request_is_told_from_a_complaint() -> None:
    assert action_of("can you please restart checkout") == "restart"
    assert action_of("pods restart all the time") is None
    assert action_of("run kubectl delete pods --all -A") == "change"
    assert action_of("") is None


@pytest.mark.parametrize(
    ("question", "namespace", "object_"),
    [
        ("deployment checkout is slow", None, ("Deployment", None, "checkout")),
        ("the checkout deployment is slow", None, ("Deployment", None, "checkout")),
        ("deploy/web in namespace shop dies", "shop", ("Deployment", "shop", "web")),
        ("node worker-1 is not ready", None, ("Node", None, "worker-1")),
        ("web-6d4f9c8b7d-x2x7k restarts", None, ("Pod", None, "web-6d4f9c8b7d-x2x7k")),
        ("my pods keep dying in the shop namespace", "shop", None),
        ("the deployment failed, and the pod is stuck", None, None),
        ("kubectl get pods -n shop hangs", "shop", None),
        ("no job today", None, None),
        ("which pod uses the most memory", None, None),
        ("cronjob suspended?", None, None),
        ("failed to create pod sandbox", None, None),
        ("pourquoi mon service ne répond pas", None, None),
        ("der service checkout ist weg", None, ("Service", None, "checkout")),
        ("pods die in namespace prod", "prod", None),
        ("pods in kube-system die", "kube-system", None),
    ],
)
def test_names_that_stand_in_the_question(
    question: str, namespace: str | None, object_: tuple[str, str | None, str] | None
) -> None:
    found = names.offline(question, None)
    wanted = object_ and ObjectRef(kind=object_[0], namespace=object_[1], name=object_[2])
    assert (found.namespace, found.object) == (namespace, wanted)


def test_every_step_of_every_topic_is_known_and_used() -> None:
    used = {s for t in table().topics.values() for s in t.steps}
    used |= {s for a in table().actions.values() for s in a.steps}
    assert used == set(table().steps)


@pytest.mark.parametrize("name", sorted(table().steps))
def test_every_step_passes_the_gate_as_what_it_is(name: str) -> None:
    step = table().steps[name]
    known = {
        **{"at": "-n shop", "over": "-n shop", "ns": "shop", "name": "web", "pod": "web-1"},
        **{"resource": "deployment", "workload": "deployment/web", "rollable": "deployment/web"},
        **{
            "container": "web",
            "node": "n1",
            "number": "3",
            "claim": "data-web-0",
            "listing": "pods -n shop",
            "pasted": "kubectl get pods -n shop",
            "of_nodes": True,
            "crashed": True,
            "offline": "-of" in name,
        },
    }
    verdict = Ladder.packed().judge(render_move(step.move, known)).verdict
    assert verdict.decision == ("approve" if step.changes else "allow"), verdict
    assert step.verbs[0] in render_move(step.move, known)


@pytest.mark.parametrize(
    ("question", "command", "kinds"),
    [
        ("kubectl get svc -n shop", "kubectl get svc -n shop", "services -n shop"),
        ("top pods", "kubectl top pods", ""),
        ("kubectl get pods hangs", "", ""),
        ("kubectl get pods -w", "", ""),
        ("kubectl get secrets", "", ""),
        ("kubectl delete pod web-1", "", ""),
        ("get better", "", ""),
        ("show me all nodes", "", "nodes"),
        ("how many pods are there", "", "pods -n shop"),
        ("show me pending pods", "", ""),
    ],
)
def test_what_is_asked_for_word_for_word(question: str, command: str, kinds: str) -> None:
    gate = Gate(Ladder.packed(), None, EVERYWHERE)
    assert pasted(question, gate) == command
    assert listing(question, "shop", gate) == kinds


def test_words_of_complaints_are_no_names() -> None:
    assert is_vocabulary("crashing")
    assert not is_vocabulary("node-exporter")
    assert not is_vocabulary("checkout")
