"""Moments of runs: clusters, scopes and facts at which a model may be asked for a move."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from agent.case import Intake
from agent.incident import Incident, Scope
from agent.request import Request
from agent.runs import RunStore
from agent.settings import load
from agent.target import Target, open_target
from sandbox.gate import Gate
from sandbox.simulator.access import Rule
from sandbox.simulator.inprocess import Client
from sandbox.simulator.launch import launch
from tests import grammar_cases as custom
from tests.crowded_cluster import CrowdedLogs, crowded_store
from tests.investigations import served
from tools.distil import distil
from tools.fact import Fact
from tools.objects import ObjectRef

LOOKS = ("pods", "deployments", "cronjobs", "services", "horizontalpodautoscalers", "nodes")
"""What a run has read before."""


@dataclass(frozen=True)
class Moment:
    """An opened cluster, and what a run knows of it."""

    target: Target
    intake: Intake
    facts: list[Fact]

    @property
    def gate(self) -> Gate:
        """The run's own gate."""
        return self.target.gate(self.intake)

    @cached_property
    def objects(self) -> list[ObjectRef]:
        """What facts are about, containers and lists left out."""
        whole = dict.fromkeys(fact.subject.whole() for fact in self.facts)
        return [ref for ref in whole if ref.name != "*"]


@contextmanager
def scenario(
    name: str,
    folder: Path,
    *,
    everywhere: bool = False,
    backups: bool = False,
    prometheus: str = "",
) -> Iterator[Moment]:
    """A simulated scenario, with a custom kind where wanted."""
    with launch(f"sim:{name}", folder / "server") as running:
        namespace = running.instance.namespace
        if backups:
            _add_backups(Client(running.engine), namespace)
        with _opened(running.kubeconfig, folder, namespace, everywhere, prometheus) as moment:
            yield moment


@contextmanager
def crowded(folder: Path, *, restricted: bool = False) -> Iterator[Moment]:
    """A namespace of about 500 objects, of which a restricted identity sees the pods only."""
    store = crowded_store(workloads=60, pods=5, eventful=2)
    namespace = next(pod["metadata"]["namespace"] for pod in store.list("pods"))
    pods = Rule(("get", "list"), ("",), ("pods", "pods/log", "namespaces"), (namespace,))
    rbac = [pods] if restricted else None
    with (
        served(store, CrowdedLogs(), folder, rbac=rbac, namespace=namespace) as kubeconfig,
        _opened(kubeconfig, folder, namespace, False, "") as moment,
    ):
        yield moment


@contextmanager
def _opened(
    kubeconfig: Path, folder: Path, namespace: str, everywhere: bool, prometheus: str
) -> Iterator[Moment]:
    request = Request(kubeconfig=kubeconfig, namespace=None if everywhere else namespace)
    settings = load({"prometheus_url": prometheus} if prometheus else {})
    run = RunStore(folder / "state").create(request)
    names = [] if everywhere else [namespace]
    scope = Scope(namespaces=names, all_namespaces=everywhere)
    intake = Intake(incident=Incident(trigger="scan", scope=scope))
    with open_target(request, settings, run, threading.Event()) as target:
        yield Moment(target, intake, _facts(target, intake, namespace))


def _facts(target: Target, intake: Intake, namespace: str) -> list[Fact]:
    gate, hands = target.gate(intake), target.hands(intake)
    found: list[Fact] = []
    for number, kind in enumerate(LOOKS, start=1):
        where = "" if kind == "nodes" else f" -n {namespace}"
        move = gate.judge(f"kubectl get {kind}{where} -o json").move
        if move is not None:
            move = move.model_copy(update={"id": f"m{number}"})
            found += distil(move, hands.run(move, 20))
    return found


def _add_backups(client: Client, namespace: str) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    assert client.request("POST", path, custom.definition()).code == 201
    body = {
        "apiVersion": f"{custom.GROUP}/{custom.VERSION}",
        "kind": custom.KIND,
        "metadata": {"name": "nightly"},
        "spec": {"schedule": "@daily", "target": {"bucket": "b"}},
    }
    where = f"/apis/{custom.GROUP}/{custom.VERSION}/namespaces/{namespace}/{custom.PLURAL}"
    assert client.request("POST", where, body).code == 201
