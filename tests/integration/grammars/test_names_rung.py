"""Grammars from a running cluster: what they produce passes the whole gate, names included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from agent.grammars.inventory import gather
from agent.report import Report
from sandbox.cluster import ClusterView
from sandbox.gate import Gate
from sandbox.simulator.access import Rule
from sandbox.simulator.engine import still
from sandbox.simulator.inprocess import Client
from sandbox.simulator.launch import launch
from sandbox.simulator.logs import NoLogs
from sandbox.simulator.server import ApiServer
from tests import grammar_cases as custom
from tests.crowded_cluster import crowded_store
from tests.grammar_samples import Sampler, allows, kubectl_grammar, matcher
from tests.investigations import investigate
from tools.distil import distil
from tools.fact import Fact
from tools.kubeconfig import open_access
from tools.kubectl.policy import Policy, PolicyScope
from tools.kubectl.tree import CommandTree
from tools.ladder import Ladder
from tools.output import Output

pytestmark = pytest.mark.integration
SYSTEM = frozenset({"kube-system"})
TREE = CommandTree.packed()
POLICY = Policy.load()


class Looked(NamedTuple):
    """An investigated scenario, still running."""

    view: ClusterView
    report: Report
    namespace: str
    facts: list[Fact]
    """Those of the namespace's pods and Deployments."""


@contextmanager
def _looked(scenario: str, folder: Path, *, custom_resource: bool = False) -> Iterator[Looked]:
    with launch(f"sim:{scenario}", folder / "server") as running:
        if custom_resource:
            client = Client(running.engine)
            path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
            assert client.request("POST", path, custom.definition()).code == 201
            for name in ("nightly", "weekly"):
                body = {
                    "apiVersion": f"{custom.GROUP}/{custom.VERSION}",
                    "kind": custom.KIND,
                    "metadata": {"name": name},
                    "spec": {"schedule": "@daily", "target": {"bucket": "b"}},
                }
                where = f"namespaces/{running.instance.namespace}/{custom.PLURAL}"
                made = client.request(
                    "POST", f"/apis/{custom.GROUP}/{custom.VERSION}/{where}", body
                )
                assert made.code == 201, made.body
        report = investigate(folder, dict(running.instance.alert), kubeconfig=running.kubeconfig)
        with open_access(running.kubeconfig, None, folder / "access", {}) as access:
            namespace = running.instance.namespace
            facts = _facts(Client(running.engine), namespace)
            yield Looked(ClusterView(access.api), report, namespace, facts)


def _facts(client: Client, namespace: str) -> list[Fact]:
    """As a run reads them, of pods and Deployments."""
    found: list[Fact] = []
    for number, (path, kind) in enumerate((("api/v1", "pods"), ("apis/apps/v1", "deployments"))):
        move = Ladder.packed().judge(f"kubectl get {kind} -n {namespace} -o json").move
        assert move is not None
        answer = client.request("GET", f"/{path}/namespaces/{namespace}/{kind}")
        output = Output(exit_code=0, stdout=answer.text, stderr="")
        found += distil(move.model_copy(update={"id": f"m{number}"}), output)
    return found


@pytest.mark.parametrize("scenario", ["crash-missing-env", "hpa-metrics-gone", "claim-waits"])
def test_every_read_passes_the_gate_and_the_playbook_can_be_said(
    scenario: str, tmp_path: Path
) -> None:
    with _looked(scenario, tmp_path) as found:
        scope = PolicyScope(frozenset({found.namespace}), system=SYSTEM)
        asked = frozenset(found.report.incident.scope.objects)
        inventory = gather(found.view, scope, found.facts, asked=asked)
        grammar = kubectl_grammar(TREE, POLICY, inventory)
        gate = Gate(Ladder.packed(), found.view, scope, asked=asked, namespace=found.namespace)
        sampler = Sampler(grammar, Random(3))
        for _ in range(400):
            line = sampler.text()
            judged = gate.judge(line, proposed_by="nano")
            assert judged.verdict.decision == "allow", (line, judged.verdict)
            assert judged.move is not None
            assert judged.move.text == line
        assert any(inventory.containers.values())
        can_be_said = matcher(grammar)
        moves = [move.text for move in found.report.moves if move.text.startswith("kubectl ")]
        assert moves
        assert [text for text in moves if not allows(can_be_said, text)] == []


def test_everywhere_changes_and_custom_resources(tmp_path: Path) -> None:
    with _looked("cronjob-fails", tmp_path, custom_resource=True) as found:
        scope = PolicyScope(None, system=SYSTEM)
        inventory = gather(
            found.view, scope, found.facts, focus=[found.namespace], resources=["backups"]
        )
        gate = Gate(Ladder.packed(), found.view, scope, namespace=found.namespace)
        verbs = ["get", "describe", "delete", "scale", "set image", "label", "create job"]
        grammar = kubectl_grammar(TREE, POLICY, inventory, verbs)
        sampler = Sampler(grammar, Random(4))
        for _ in range(400):
            line = sampler.text()
            judged = gate.judge(line, proposed_by="nano")
            assert judged.verdict.decision in ("allow", "approve"), (line, judged.verdict)
        can_be_said = matcher(grammar)
        assert allows(can_be_said, f"kubectl get backup nightly -n {found.namespace} -o yaml")
        assert allows(can_be_said, "kubectl get backups -A")
        assert not allows(can_be_said, f"kubectl get backup monthly -n {found.namespace}")


def test_what_rbac_forbids_is_not_offered(tmp_path: Path) -> None:
    store = crowded_store(workloads=3, pods=2, eventful=1)
    namespace = next(pod["metadata"]["namespace"] for pod in store.list("pods"))
    rule = Rule(("get", "list"), ("",), ("pods",), (namespace,))
    with ApiServer(still(store), NoLogs(), rbac=[rule]) as server:
        kubeconfig = tmp_path / "config"
        kubeconfig.write_text(server.kubeconfig_text(namespace), encoding="utf-8")
        kubeconfig.chmod(0o600)
        with open_access(kubeconfig, None, tmp_path / "access", {}) as access:
            view = ClusterView(access.api)
            scope = PolicyScope(frozenset({namespace}))
            inventory = gather(view, scope, ())
            grammar = kubectl_grammar(TREE, POLICY, inventory)
            gate = Gate(Ladder.packed(), view, scope, namespace=namespace)
            sampler = Sampler(grammar, Random(5))
            for _ in range(300):
                line = sampler.text()
                verdict = gate.judge(line).verdict
                assert verdict.rung != "names" or verdict.decision == "allow", (line, verdict)
            can_be_said = matcher(grammar)
            pod = inventory.names["pods", namespace][0]
            assert allows(can_be_said, f"kubectl get pod {pod} -n {namespace} -o json")
            assert not allows(can_be_said, f"kubectl logs {pod} -n {namespace}")
            assert not any(
                names for (kind, _), names in inventory.names.items() if kind == "configmaps"
            )
