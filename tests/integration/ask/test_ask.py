"""Ask: every answer is a command that passes the whole gate, or one question; no invented name."""

from __future__ import annotations

import json
import re
import shlex
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent.ask.answer import Answer
from agent.ask.nudge import ask
from agent.ask.topics import table
from agent.request import Request
from agent.settings import load
from sandbox.cluster import ClusterView
from sandbox.gate import Gate
from sandbox.needs import Need, needs
from sandbox.simulator.access import Rule
from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.inprocess import Client
from sandbox.simulator.launch import launch
from sandbox.simulator.server import ApiServer
from tests.ask_commands import OFFLINE, SEEN
from tests.ask_questions import QUESTIONS
from tests.console import SCRIPT, Console
from tests.live_cluster import deployment
from tests.random_model import random_nano
from tools.kubeconfig import open_access
from tools.kubectl.policy import EVERYWHERE
from tools.ladder import Ladder

NAMESPACE = "storefront"
SCHEMA = Path(__file__).parents[3] / "docs" / "schemas" / "magos.ask.v1.json"
SILENT = """
apiVersion: v1
kind: Config
current-context: shop
clusters: [{{name: shop, cluster: {{server: "https://127.0.0.1:{port}", insecure-skip-tls-verify: true}}}}]
users: [{{name: jane, user: {{token: none}}}}]
contexts: [{{name: shop, context: {{cluster: shop, user: jane}}}}]
"""
pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with launch("sim:crash-missing-env", tmp_path_factory.mktemp("sim")) as running:
        yield running.kubeconfig


def answer(question: str, kubeconfig: Path | None = None, **fields: object) -> Answer:
    request = Request.model_validate(
        {"question": question, "kubeconfig": kubeconfig, "executor": "none", **fields}
    )
    return ask(request, load({}), threading.Event())


def gated(found: Answer, kubeconfig: Path, folder: Path) -> None:
    """The command passes the whole gate of this cluster, and names only what is there."""
    assert found.argv is not None
    words = [w for w in found.argv if not w.startswith(("--context=", "--kubeconfig="))]
    assert len(found.argv) - len(words) == 2  # so that it cannot hit another cluster
    with open_access(kubeconfig, None, folder, {}) as access:
        view = ClusterView(access.api)
        judged = Gate(Ladder.packed(), view, EVERYWHERE).judge(words)
        assert judged.move is not None, judged.verdict
        assert judged.verdict.decision == ("approve" if found.changes else "allow")
        for need in needs(judged.move, view.catalogue, "default"):
            assert isinstance(need, Need)
            assert need.name is None or view.find(need.kind, need.namespace, need.name)


def sound(found: Answer) -> None:
    """A command with its reasons, or one question."""
    if found.command is None:
        assert found.ask
        assert found.ask.count("?") == 1
        return
    assert found.ask is None
    assert found.why
    assert found.tells
    assert shlex.split(found.command) == found.argv
    assert "secret" not in " ".join(found.argv[1:])


@pytest.mark.parametrize("question", QUESTIONS)
def test_without_a_cluster(question: str) -> None:
    found = answer(question)
    sound(found)
    topics = QUESTIONS[question]
    assert (found.command is None) == (topics is None), found
    assert topics is None or found.topic in topics
    if found.argv is not None:
        verdict = Ladder.packed().judge(found.argv).verdict
        assert verdict.decision == "allow", verdict
        assert "no cluster" in found.notes[0]
        assert not any("no executor model" in note for note in found.notes)
        if "-n" in found.argv:
            assert found.argv[found.argv.index("-n") + 1] == "kube-system"  # every cluster has it


@pytest.mark.parametrize("question", QUESTIONS)
def test_in_a_cluster(question: str, cluster: Path, tmp_path: Path) -> None:
    found = answer(question, cluster, namespace=NAMESPACE)
    sound(found)
    topics = QUESTIONS[question]
    assert (found.command is None) == (topics is None), found
    assert topics is None or found.topic in topics
    if found.command is not None:
        gated(found, cluster, tmp_path)
        assert found.simulated


def matches(found: Answer, pattern: str | None) -> None:
    """A sound answer that is the command meant, or a question back where there is none."""
    sound(found)
    if pattern is None:
        assert found.command is None, found
    else:
        assert re.search(pattern, found.command or ""), found


@pytest.mark.parametrize("question", OFFLINE)
def test_an_engineer_on_call_without_a_cluster(question: str) -> None:
    found = answer(question)
    matches(found, OFFLINE[question])
    if found.argv is not None:
        assert Ladder.packed().judge(found.argv).verdict.decision in ("allow", "approve")


@pytest.mark.parametrize("scenario", SEEN)
def test_an_engineer_on_call_in_a_broken_cluster(scenario: str, tmp_path: Path) -> None:
    with launch(f"sim:{scenario}", tmp_path / "sim") as running:
        for question, pattern in SEEN[scenario].items():
            found = answer(question, running.kubeconfig, namespace=running.instance.namespace)
            matches(found, pattern)
            if found.command is not None:
                gated(found, running.kubeconfig, tmp_path)


def test_who_may_read_little_is_told_so(tmp_path: Path) -> None:
    pods = Rule(("get", "list"), ("",), ("pods", "pods/log"), (NAMESPACE,))
    with launch("sim:crash-missing-env", tmp_path / "sim") as running:
        for rules in ([pods], []):
            with ApiServer(running.engine, PodLogs(running.engine), rbac=rules) as server:
                path = tmp_path / "restricted"
                path.write_text(server.kubeconfig_text(NAMESPACE), encoding="utf-8")
                path.chmod(0o600)
                down = answer("checkout is down", path)
                listed = answer("list deployments", path, namespace=NAMESPACE)
                nodes = answer("which node is overloaded", path, all_namespaces=True)
            assert "RBAC does not allow list deployments.apps" in listed.why
            assert "RBAC does not allow list nodes" in (nodes.ask or "")
            if rules:
                assert "describe pod checkout-" in (down.command or "")
                assert "get pods" in (listed.command or "")
            else:
                assert "RBAC does not allow list pods" in (down.ask or "")
                assert f"auth can-i -n {NAMESPACE} --list" in (listed.command or "")


def test_a_word_that_is_the_name_of_an_object_is_one(tmp_path: Path) -> None:
    with launch("sim:healthy", tmp_path / "sim") as running:
        client = Client(running.engine)
        names = ("nginx", "frontend", "worker")
        for name in names:
            where = f"/apis/apps/v1/namespaces/{running.instance.namespace}/deployments"
            assert client.request("POST", where, deployment(name)).code == 201
        for name in names:
            for question in (f"{name} is down", f"why is {name} slow"):
                found = answer(question, running.kubeconfig)
                assert name in " ".join(found.argv or ()), found


def test_a_silent_server_is_given_up_soon(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = tmp_path / "kubeconfig"
        path.write_text(SILENT.format(port=silent.getsockname()[1]), encoding="utf-8")
        path.chmod(0o600)
        began = time.monotonic()
        found = answer("my app is slow", path)
        assert time.monotonic() - began < 10
        assert found.command is not None
        assert "does not answer" in found.notes[0]


def test_the_one_sick_workload_is_aimed_at(cluster: Path) -> None:
    slow = answer("my app is slow", cluster, namespace=NAMESPACE)
    assert slow.argv is not None
    assert "logs" in slow.argv
    dying = answer("pods keep dying", cluster, namespace=NAMESPACE)
    assert dying.argv is not None
    assert "--previous" in dying.argv


def test_a_misspelt_name_is_taken_for_the_one_it_is_like(cluster: Path) -> None:
    found = answer("describe the deployment chekout, it is broken", cluster, namespace=NAMESPACE)
    assert any("Deployment/storefront/checkout" in note for note in found.notes)


def test_what_is_not_there_is_asked_for(cluster: Path) -> None:
    for question in ("namespace foo is broken", "deployment zzyzx is slow"):
        found = answer(question, cluster)
        sound(found)
        assert found.ask is not None
        assert "There is no" in found.ask


def test_a_stranger_is_said_to_be_one(cluster: Path) -> None:
    found = answer("frobnicator is down", cluster)
    assert "Nothing called frobnicator can be seen here" in found.why
    assert "Look for frobnicator in it." in answer("frobnicator is down").tells
    assert "frobnicator" not in " ".join(found.argv or ())
    gone = answer("there is no node called worker-77", cluster)
    assert "There is no Node worker-77" in (gone.ask or "")


def test_what_the_namespace_has_none_of_is_not_listed(cluster: Path) -> None:
    found = answer("HPA not scaling", cluster, namespace=NAMESPACE)
    assert f"Namespace {NAMESPACE} has no horizontalpodautoscalers." in found.why
    assert "horizontalpodautoscalers" not in " ".join(found.argv or ())


def test_a_workload_in_other_trouble_is_no_answer(cluster: Path) -> None:
    found = answer("node pressure?", cluster, namespace=NAMESPACE)
    assert "in trouble" not in found.why
    assert "nodes" in (found.argv or ())


def test_a_change_says_that_it_is_one(cluster: Path, tmp_path: Path) -> None:
    found = answer("restart checkout", cluster, namespace=NAMESPACE)
    assert found.changes
    assert found.verdict is not None
    assert found.verdict.decision == "approve"
    assert any("changes the cluster: nothing was run" in note for note in found.notes)
    gated(found, cluster, tmp_path)


WORDS = [
    *sorted({word for question in QUESTIONS for word in question.split()}),
    *("deployment", "node", "-n", "kube-system", "/", "../x", "$(id)", "<pod>", "namespace"),
]
FIXED = " ".join(step.move for step in table().steps.values())
"""Names that stand in commands themselves, such as the metrics API's."""
TEXTS = st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


@hypothesis_settings(max_examples=60)
@given(TEXTS)
def test_any_text_gets_a_sound_answer(text: str) -> None:
    found = answer(text)
    sound(found)
    if found.argv is not None:
        judged = Ladder.packed().judge(found.argv)
        assert judged.move is not None
        said = text.lower() + FIXED
        for target in judged.move.targets:
            assert target.name is None or target.name in said
        assert judged.move.namespace in (None, "kube-system") or judged.move.namespace in said


@pytest.mark.slow
def test_a_random_model_cannot_spoil_the_answer(cluster: Path, tmp_path: Path) -> None:
    model = random_nano(tmp_path / "nano.gguf")
    for kubeconfig in (cluster, None):
        found = answer("pods keep dying", kubeconfig, executor=str(model))
        sound(found)
        assert found.command is not None
        if kubeconfig is not None:
            gated(found, kubeconfig, tmp_path)


@pytest.mark.skipif(not SCRIPT.exists(), reason="install the project: pip install -e .")
def test_the_installed_command(tmp_path: Path) -> None:
    console = Console(tmp_path / "home")
    done = console.run("ask", "my app is slow", "--executor", "none")
    assert done.status == 0, done.stderr
    first, why, tells = done.stdout.splitlines()
    assert first == "kubectl top pod -A --containers --sort-by=cpu"
    assert why.startswith("  why:")
    assert tells.startswith("  tells:")
    assert "names were not checked" in done.stderr
    simulated = console.run("ask", "pods keep dying", "--cluster", "sim:crash-missing-env", "-q")
    assert simulated.status == 0, simulated.stderr
    assert simulated.stdout.startswith("kubectl --context=sim:crash-missing-env logs checkout-")
    assert simulated.stdout.count("\n") == 1
    assert simulated.stderr == ""
    back = console.run("ask", "what is the weather", "-o", "json")
    assert back.status == 4
    assert Answer.model_validate(json.loads(back.stdout)).ask
    schema = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
    schema.validate(json.loads(back.stdout))
    words = console.run("ask", *("my", "app", "is", "slow", "-q"))
    assert words.stdout == f"{first}\n"
    token = "ghp_" + "A1b2" * 9
    lines = f"all is well with {token}\n" * 2000 + "connection refused"
    pasted = json.loads(console.run("ask", lines, "-o", "json").stdout)
    schema.validate(pasted)
    assert pasted["topic"] == "connection"
    assert token not in json.dumps(pasted)
    assert "is long" in pasted["notes"][-1]
    assert console.run("ask", "  ").status == 2
    assert console.run("ask").status == 2
    assert not list((console.state).glob("asked/runs/*"))
