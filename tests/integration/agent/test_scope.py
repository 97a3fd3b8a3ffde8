"""From alert labels and questions to a scope, held against a cluster that answers over HTTPS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.case import Intake
from agent.incident import Alert
from agent.intake import own_labels, take_in
from agent.request import Request
from sandbox.cluster import ClusterView
from sandbox.simulator.access import Rule
from sandbox.simulator.logs import NoLogs
from tests.investigations import served
from tests.recorded_cluster import recorded_store
from tests.recording import load
from tools.errors import UsageError
from tools.kubeconfig import open_access

pytestmark = pytest.mark.integration
RECORDING = load("crash-missing-env")
NAMESPACE = RECORDING.namespace
POD = "checkout-d59f88d74-qlgvx"
EXPORTER = {
    "job": "kube-state-metrics",
    "pod": "kube-state-metrics-6f8d7c9b5-x2x7k",
    "service": "kube-state-metrics",
    "container": "kube-state-metrics",
    "instance": "10.0.0.7:8080",
    "endpoint": "http",
}
"""What Prometheus says about who measured."""


@contextmanager
def looking(folder: Path, rbac: Sequence[Rule] | None = None) -> Iterator[ClusterView]:
    with (
        served(recorded_store(RECORDING), NoLogs(), folder, rbac=rbac) as kubeconfig,
        open_access(kubeconfig, None, folder, {}) as access,
    ):
        yield ClusterView(access.api)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterView]:
    with looking(tmp_path_factory.mktemp("scope")) as found:
        yield found


def alerted(view: ClusterView, **labels: str) -> Intake:
    alert = Alert(labels={"alertname": "KubePodCrashLooping", **labels})
    return take_in(Request(alerts=[alert]), view, "default")


def asked(view: ClusterView, question: str, namespace: str | None = None) -> Intake:
    return take_in(Request(question=question, namespace=namespace), view, "default")


def objects(intake: Intake) -> list[str]:
    return [str(ref) for ref in intake.incident.scope.objects]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"deployment": "checkout"}, ["Deployment/storefront/checkout"]),
        ({"pod": POD}, [f"Pod/storefront/{POD}"]),
        ({"pod": "checkout-7c5b9d8f6-zzzzz"}, ["Deployment/storefront/checkout"]),
        ({"pod": "another-7c5b9d8f6-zzzzz"}, []),
        (EXPORTER, []),
        (EXPORTER | {"deployment": "checkout"}, ["Deployment/storefront/checkout"]),
        ({"pod": POD, "job": "kube-state-metrics"}, [f"Pod/storefront/{POD}"]),
        ({"service": "checkout"}, []),  # there is no such Service; another label may have set it
    ],
)
def test_labels_of_a_namespace(view: ClusterView, labels: dict[str, str], found: list[str]) -> None:
    intake = alerted(view, namespace=NAMESPACE, **labels)
    assert objects(intake) == found
    assert not intake.missing
    assert intake.incident.scope.namespaces == [NAMESPACE]
    assert intake.incident.scope.container is None
    assert intake.counts == {"storefront/Pod": 2}


def test_labels_that_an_exporter_pushed_aside(view: ClusterView) -> None:
    measured = {
        "exported_namespace": NAMESPACE,
        "exported_pod": POD,
        "exported_container": "checkout",
    }
    intake = alerted(view, namespace="monitoring", **EXPORTER, **measured)
    assert intake.incident.scope.namespaces == [NAMESPACE]
    assert objects(intake) == [f"Pod/storefront/{POD}"]
    assert intake.incident.scope.container == "checkout"


def test_an_exporter_can_be_what_is_wrong() -> None:
    """kube-state-metrics reports on Prometheus: its pod is called like an exporter, and is not one."""
    labels = {"job": "kube-state-metrics", "pod": "prometheus-k8s-0", "daemonset": "node-exporter"}
    assert own_labels(labels) == labels


@pytest.mark.parametrize(
    ("labels", "missing", "nearest"),
    [
        ({"namespace": "storefrnt"}, "Namespace/storefrnt", ["storefront"]),
        (
            {"namespace": NAMESPACE, "deployment": "chekout"},
            "Deployment/storefront/chekout",
            ["checkout"],
        ),
        ({"namespace": NAMESPACE, "statefulset": "db"}, "StatefulSet/storefront/db", []),
    ],
)
def test_what_does_not_exist(
    view: ClusterView, labels: dict[str, str], missing: str, nearest: list[str]
) -> None:
    (found,) = alerted(view, **labels).missing
    assert (str(found.object), found.nearest) == (missing, nearest)


def test_no_namespace_is_every_namespace(view: ClusterView) -> None:
    scope = alerted(view).incident.scope
    assert (scope.namespaces, scope.all_namespaces) == ([], True)
    scope = take_in(Request(all_namespaces=True), view, "default").incident.scope
    assert (scope.namespaces, scope.all_namespaces) == ([], True)


def test_all_namespaces_may_be_asked_for_an_alert_of_one(view: ClusterView) -> None:
    alert = Alert(labels={"alertname": "X", "namespace": NAMESPACE, "deployment": "checkout"})
    intake = take_in(Request(alerts=[alert], all_namespaces=True), view, "default")
    assert intake.incident.scope.all_namespaces
    assert objects(intake) == ["Deployment/storefront/checkout"]


def test_neither_alert_nor_question_is_the_default_namespace(view: ClusterView) -> None:
    incident = take_in(Request(), view, NAMESPACE).incident
    assert (incident.trigger, incident.scope.namespaces) == ("scan", [NAMESPACE])


def test_a_contradiction_is_the_users(view: ClusterView) -> None:
    alert = Alert(labels={"alertname": "X", "namespace": NAMESPACE})
    with pytest.raises(UsageError, match="contradicts"):
        take_in(Request(alerts=[alert], namespace="default"), view, "default")


def test_what_still_fires_comes_before_what_is_resolved(view: ClusterView) -> None:
    over = Alert(status="resolved", labels={"alertname": "KubeJobFailed", "namespace": "default"})
    fires = Alert(labels={"alertname": "KubePodCrashLooping", "namespace": NAMESPACE})
    incident = take_in(Request(alerts=[over, fires]), view, "default").incident
    assert incident.scope.namespaces == [NAMESPACE]
    assert [alert.name for alert in incident.alerts] == ["KubePodCrashLooping", "KubeJobFailed"]


@pytest.mark.parametrize(
    ("question", "namespace"),
    [
        ("Why does checkout crash?", NAMESPACE),
        ("Why does checkout crash?", None),  # it is in no other namespace
        ("What is wrong in storefront with Checkout", None),
    ],
)
def test_a_question_that_names_an_object(
    view: ClusterView, question: str, namespace: str | None
) -> None:
    intake = asked(view, question, namespace)
    assert intake.incident.scope.namespaces == [NAMESPACE]
    assert objects(intake) == ["Deployment/storefront/checkout"]


def test_a_question_about_nothing_in_particular(view: ClusterView) -> None:
    intake = asked(view, "what is up?")
    assert intake.incident.scope.namespaces == ["default"]
    assert objects(intake) == []


def test_all_that_the_identity_may_list(tmp_path: Path) -> None:
    """Where all pods may not be listed: the namespaces in which they may, if their names are known."""
    pods = Rule(("list",), ("",), ("pods",), (NAMESPACE,))
    with looking(tmp_path, [pods, Rule(("list",), ("",), ("namespaces",))]) as view:
        intake = alerted(view)
    assert intake.incident.scope.namespaces == [NAMESPACE]
    assert not intake.incident.scope.all_namespaces
    assert intake.blind_spots == [
        "RBAC does not allow list pods in all namespaces.",
        "Only storefront could be looked at, not the whole cluster.",
    ]


def test_a_namespace_whose_existence_is_hidden_is_looked_at(tmp_path: Path) -> None:
    with looking(tmp_path, []) as view:
        intake = alerted(view, namespace="anything", deployment="something")
    assert not intake.missing
    assert objects(intake) == ["Deployment/anything/something"]
    assert intake.blind_spots == ["RBAC does not allow list pods in namespace anything."]
