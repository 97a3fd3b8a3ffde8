"""A workload that an operator makes: the cause stays with it, its custom resource is read and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.render.markdown import markdown as as_markdown
from agent.render.text import text as as_text
from agent.replay import replay
from agent.report import Report
from agent.runs import RunStore
from agent.settings import load as load_settings
from sandbox.simulator.access import Rule
from tests.clusters import HASH, Cluster
from tests.investigations import conclusion, investigate, proves, served
from tests.podparts import PodSpec, PodState, box, crashing

pytestmark = pytest.mark.integration
FAILS = {
    "type": "Ready",
    "status": "False",
    "reason": "ReconcileError",
    "message": "secret db-credentials has no key password",
}
FINE = {"type": "Ready", "status": "True", "reason": "AllGood", "message": ""}
LOG = "FATAL environment variable SESSION_KEY is not set\n"
CAUSE = "config.env-missing"


def kind(
    cluster: Cluster,
    name: str,
    plural: str,
    group: str,
    scope: str = "Namespaced",
    version: str = "v1",
) -> None:
    """A CustomResourceDefinition."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    served_as = {"name": version, "served": True, "storage": True, "schema": schema}
    spec = {
        "group": group,
        "scope": scope,
        "names": {"kind": name, "plural": plural, "singular": name.lower()},
        "versions": [served_as],
    }
    cluster.put(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        f"{plural}.{group}",
        namespaced=False,
        spec=spec,
    )


def made_by(api_version: str, kind: str, name: str) -> dict[str, Any]:
    """Metadata of what a custom resource controls."""
    owner = {"apiVersion": api_version, "kind": kind, "name": name, "uid": f"u-{kind}-{name}"}
    return {"ownerReferences": [{**owner, "controller": True}]}


def database(condition: dict[str, str], *, known: bool = True, **meta: Any) -> Cluster:
    """StatefulSet db, which crashes for want of a variable, made by Postgres db."""
    cluster = Cluster()
    api = "databases.example.com/v1"
    if known:
        kind(cluster, "Postgres", "postgreses", "databases.example.com")
        cluster.put(api, "Postgres", "db", meta=meta, status={"conditions": [condition]})
    spec, state = PodSpec([box("db")]), PodState([crashing("db")])
    (pod,) = cluster.workload(
        "StatefulSet", "db", spec, [state], meta=made_by(api, "Postgres", "db")
    )
    cluster.write_log(pod, "db", LOG)
    return cluster


def look(cluster: Cluster, folder: Path, rbac: list[Rule] | None = None) -> Report:
    labels = {"alertname": "KubePodCrashLooping", "namespace": "shop"}
    with served(cluster.store, cluster, folder, rbac=rbac) as kubeconfig:
        return investigate(folder, labels, kubeconfig=kubeconfig)


def customs(report: Report) -> list[str]:
    return [
        move.text for move in report.moves if ".example.com" in move.text or ".dev" in move.text
    ]


def test_the_custom_resource_is_read_and_shown(tmp_path: Path) -> None:
    report = look(database(FAILS), tmp_path)
    assert conclusion(report) == (CAUSE, "StatefulSet/shop/db")
    assert proves(report)
    assert customs(report) == ["kubectl get postgres.databases.example.com db -n shop -o json"]
    (found,) = [f for f in report.other_findings if f.object.kind == "Postgres"]
    assert "Ready is False (ReconcileError): secret db-credentials has no key" in found.summary
    known = {fact.id: fact for fact in report.facts}
    assert [known[fact].name for fact in found.evidence] == ["custom.failing"]
    assert report.managed_by is not None
    assert (report.managed_by.tool, report.managed_by.source) == ("operator", "Postgres/shop/db")
    (step,) = [step for step in report.next_steps if "is made by" in step]
    assert step.startswith("StatefulSet/shop/db is made by Postgres/shop/db; change that instead")
    for shown in (as_text(report), as_markdown(report)):
        assert "ReconcileError" in shown
        assert "change that instead" in " ".join(shown.split())
    again = replay(report.run_id, RunStore(tmp_path / "state"), load_settings({}))
    assert again.differences == []
    assert again.report.other_findings == report.other_findings


def test_one_that_is_well_is_only_named(tmp_path: Path) -> None:
    notes = {"argocd.argoproj.io/tracking-id": "shop-prod:databases.example.com/Postgres:shop/db"}
    report = look(database(FINE, annotations=notes), tmp_path)
    assert conclusion(report) == (CAUSE, "StatefulSet/shop/db")
    assert not [f for f in report.other_findings if f.object.kind == "Postgres"]
    assert any("Argo CD (shop-prod)" in s and "Postgres/shop/db" in s for s in report.next_steps)


def test_without_a_cause_it_is_shown_too(tmp_path: Path) -> None:
    cluster = database(FAILS)
    cluster.write_log("db-0", "db", "")
    report = look(cluster, tmp_path)
    assert report.verdict == "inconclusive"
    assert any("ReconcileError" in finding.summary for finding in report.other_findings)


def test_one_that_may_not_be_read_is_a_blind_spot(tmp_path: Path) -> None:
    groups = ("", "apps", "batch", "discovery.k8s.io", "autoscaling", "policy")
    rules = [Rule(("get", "list"), groups, ("*",))]
    report = look(database(FAILS), tmp_path, rules)
    assert conclusion(report) == (CAUSE, "StatefulSet/shop/db")
    assert any("postgreses" in spot for spot in report.blind_spots), report.blind_spots
    assert any("is made by Postgres/shop/db" in step for step in report.next_steps)


def test_one_whose_kind_is_gone_does_not_stop_the_run(tmp_path: Path) -> None:
    report = look(database(FAILS, known=False), tmp_path)
    assert conclusion(report) == (CAUSE, "StatefulSet/shop/db")
    assert any("is made by Postgres/shop/db" in step for step in report.next_steps)


def test_a_chain_is_followed_to_its_top(tmp_path: Path) -> None:
    """Knative's Service has the name of a built-in kind, which it must not be taken for."""
    cluster, group = Cluster(), "serving.knative.dev"
    api = f"{group}/v1"
    for name in ("Service", "Configuration", "Revision"):
        kind(cluster, name, f"{name.lower()}s", group)
    cluster.put(api, "Service", "hello", status={"conditions": [FAILS]})
    cluster.put(api, "Configuration", "hello", meta=made_by(api, "Service", "hello"))
    cluster.put(api, "Revision", "hello-1", meta=made_by(api, "Configuration", "hello"))
    meta = made_by(api, "Revision", "hello-1")
    state = PodState([crashing("app")])
    (pod,) = cluster.deployment("hello-1-deployment", PodSpec([box("app")]), [state], meta=meta)
    cluster.write_log(pod, "app", LOG)
    report = look(cluster, tmp_path)
    assert conclusion(report) == (CAUSE, "Deployment/shop/hello-1-deployment")
    assert customs(report) == [
        f"kubectl get {name}.{group} {of} -n shop -o json"
        for name, of in (("revision", "hello-1"), ("configuration", "hello"), ("service", "hello"))
    ]
    (found,) = report.other_findings
    assert found.object.kind == f"Service.{group}"
    assert report.managed_by is not None
    assert report.managed_by.source == f"Service.{group}/shop/hello"


def test_a_cluster_scoped_one_and_a_loop(tmp_path: Path) -> None:
    cluster, api = Cluster(), "foo.dev/v1"
    kind(cluster, "Widget", "widgets", "foo.dev", "Cluster")
    meta = made_by(api, "Widget", "gears")
    cluster.put(api, "Widget", "gears", namespaced=False, meta=meta, status={"phase": "Failed"})
    state = PodState([crashing("cart")])
    (pod,) = cluster.deployment("cart", PodSpec([box("cart")]), [state], meta=meta)
    cluster.write_log(pod, "cart", LOG)
    report = look(cluster, tmp_path)
    assert conclusion(report) == (CAUSE, "Deployment/shop/cart")
    assert len(customs(report)) == 1
    assert any(str(finding.object) == "Widget/gears" for finding in report.other_findings)


def test_pods_of_a_replica_set_without_a_deployment(tmp_path: Path) -> None:
    """What Argo Rollouts makes: its Rollout owns the ReplicaSets."""
    cluster, api = Cluster(), "argoproj.io/v1alpha1"
    kind(cluster, "Rollout", "rollouts", "argoproj.io", version="v1alpha1")
    status = {"phase": "Degraded", "message": "ProgressDeadlineExceeded: it has timed out"}
    cluster.put(api, "Rollout", "cart", status=status)
    spec, labels = PodSpec([box("cart")]), {"app": "cart"}
    owner = cluster.put(
        "apps/v1",
        "ReplicaSet",
        f"cart-{HASH}",
        meta={"labels": labels, **made_by(api, "Rollout", "cart")},
        spec={
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": spec.template(labels),
        },
        status={"replicas": 1, "readyReplicas": 0, "observedGeneration": 1},
    )
    (pod,) = cluster.pods(owner, spec, [PodState([crashing("cart")])], labels, ["x2x7k"])
    cluster.write_log(pod, "cart", LOG)
    report = look(cluster, tmp_path)
    assert conclusion(report) == (CAUSE, f"ReplicaSet/shop/cart-{HASH}")
    (found,) = report.other_findings
    assert "phase is Degraded: ProgressDeadlineExceeded" in found.summary
    assert any("is made by Rollout/shop/cart; change that" in step for step in report.next_steps)
