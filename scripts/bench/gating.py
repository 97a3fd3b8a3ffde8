"""Gating: how long the gate takes to judge a move."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from sandbox.cluster import ClusterView
from sandbox.gate import Gate
from scripts.bench import cluster
from scripts.bench.plan import Plan, Tick
from scripts.bench.row import Goal, Row
from scripts.bench.samples import Samples
from tests.mutated_lines import corpus
from tools.kubeconfig import open_access
from tools.kubectl.policy import PolicyScope
from tools.ladder import Ladder

SCENARIO = "sim:healthy@9000"
LOOKS = (
    ("pods", "kubectl get pod {name} -n {ns} -o json"),
    ("pods", "kubectl describe pod {name} -n {ns}"),
    ("pods", "kubectl logs {name} -n {ns} --previous --tail=200"),
    ("pods", "kubectl get pods -n {ns} -o wide"),
    ("deployments", "kubectl get deployment/{name} -n {ns} -o yaml"),
    ("deployments", "kubectl rollout status deployment/{name} -n {ns} --timeout=5s"),
    ("deployments", "kubectl get deployments,replicasets,statefulsets,jobs -n {ns} -o json"),
    ("configmaps", "kubectl get configmap {name} -n {ns} -o jsonpath='{{.data}}'"),
    ("services", "kubectl get svc,endpointslices -n {ns} -o json"),
    ("services", "kubectl get events -n {ns} --field-selector involvedObject.name={name}"),
    ("pods", "kubectl get pods -n {ns} --watch"),
    ("pods", "kubectl get pods -n {ns} --all-the-things"),
    ("pods", "kubectl get secret {name} -n {ns} -o yaml"),
)
"""What playbooks ask for, and three lines that are turned down."""
OBJECTS_EACH = 8
"""Objects of each kind that the looks are told about."""


def measure(plan: Plan, tick: Tick) -> list[Row]:
    """Rows on the whole ladder, on its offline rungs, and on names that do not exist."""
    with tempfile.TemporaryDirectory(prefix="magos-bench-") as folder:
        tick("gate")
        home = Path(folder)
        with (
            cluster.serving(SCENARIO, home / "cluster", plan.objects) as served,
            open_access(served.kubeconfig, None, home, {}) as access,
        ):
            view = ClusterView(access.api)
            ladder = Ladder.packed()
            gate = Gate(ladder, view, PolicyScope(frozenset({served.namespace})))
            lines = _lines(view, served.namespace)
            whole = _judged(gate.judge, lines, plan.rounds)
            wrong = [f"kubectl get pod cart-{n}x -n {served.namespace}" for n in range(20)]
            missing = _judged(gate.judge, wrong, max(plan.rounds // 20, 1))
    tick("ladder")
    offline = _judged(ladder.judge, [*lines, *corpus()], max(plan.rounds // 5, 1))
    return [
        Row(
            "gate",
            "gate up to `names` on a cached snapshot, median",
            1000 * whole.median,
            "ms",
            Goal(2, "ms"),
            f"{len(lines)} reads and rejects, {served.objects} objects; {_count(whole)}",
        ),
        Row("gate_p99", "  the same, p99", 1000 * whole.p99, "ms"),
        Row(
            "gate_missing",
            "  a name that does not exist (asks the server again), median",
            1000 * missing.median,
            "ms",
            note=_count(missing),
        ),
        Row(
            "ladder_p99",
            "  rungs parse, tree and policy alone, p99",
            1000 * offline.p99,
            "ms",
            note=f"median {1000 * offline.median:.3f} ms; {_count(offline)}",
        ),
    ]


def _lines(view: ClusterView, namespace: str) -> list[str]:
    """The looks with names that exist; reading the names also fills the view's cache."""
    lines = []
    for resource, look in LOOKS:
        kind = view.resolve(resource)
        names = sorted(view.names(kind, namespace).names) if kind else []
        step = max(len(names) // OBJECTS_EACH, 1)
        lines += [look.format(name=name, ns=namespace) for name in names[::step]]
    return list(dict.fromkeys(lines))


def _judged(judge: Callable[[str], object], lines: list[str], rounds: int) -> Samples:
    for line in lines:
        judge(line)  # fills caches: discovery, names, the namespace's rules
    samples = Samples()
    for _ in range(rounds):
        for line in lines:
            samples.time(lambda line=line: judge(line))  # type: ignore[misc] # a default in a lambda
    return samples


def _count(samples: Samples) -> str:
    return f"{len(samples.seconds):,} judgements"
