"""What RBAC hides is a finding: said as a blind spot, never a crash, and never taken for health."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.access import Rule
from tests.console import SCRIPT, Console, reports
from tests.disturbed_cluster import CAUSE, CRASH, NAMESPACE

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.usefixtures("no_crash"),
    pytest.mark.skipif(not SCRIPT.exists(), reason="install the project: pip install -e ."),
]
READABLE = {
    "": ("pods", "pods/log", "events", "services", "configmaps"),
    "apps": ("deployments", "replicasets", "statefulsets", "daemonsets"),
    "batch": ("jobs", "cronjobs"),
    "discovery.k8s.io": ("endpointslices",),
}


def rights(*hidden: str, namespace: str = NAMESPACE) -> list[Rule]:
    """Reading everything in one namespace but what is hidden."""
    return [
        Rule(
            ("get", "list"),
            (group,),
            tuple(kind for kind in kinds if kind not in hidden),
            (namespace,),
        )
        for group, kinds in READABLE.items()
    ]


@pytest.mark.parametrize(
    ("hidden", "blind"),
    [
        (("pods", "pods/log"), "RBAC does not allow list pods in namespace storefront."),
        (("pods/log",), "RBAC does not allow get pods/log in namespace storefront."),
    ],
    ids=["pods", "logs"],
)
def test_hidden_proof_is_inconclusive(
    console: Console, cluster: Any, hidden: tuple[str, ...], blind: str
) -> None:
    _, path = cluster(rbac=rights(*hidden))
    words = ("--label", "deployment=checkout")
    report = reports(console.investigate("--kubeconfig", path, *CRASH, *words), 4)
    assert report["verdict"] == "inconclusive"
    assert blind in report["blind_spots"]
    assert "Deployment/storefront/checkout" in report["summary"]
    assert f"kubectl auth can-i --list -n {NAMESPACE}" in report["next_steps"]


def test_hidden_side_shows_are_blind_spots(console: Console, cluster: Any) -> None:
    _, path = cluster(rbac=rights("events", "replicasets", "cronjobs"))
    report = reports(console.investigate("--kubeconfig", path, *CRASH), 0)
    assert report["root_cause"]["id"] == CAUSE
    for kind in ("events", "replicasets", "cronjobs"):
        assert f"RBAC does not allow list {kind} in namespace storefront." in report["blind_spots"]


@pytest.mark.parametrize("scope", [CRASH, ("-A",), ("--alert", "X")], ids=["alert", "A", "nowhere"])
def test_everything_hidden(console: Console, cluster: Any, scope: tuple[str, ...]) -> None:
    _, path = cluster(rbac=[])
    report = reports(console.investigate("--kubeconfig", path, *scope), 4)
    assert report["verdict"] == "inconclusive"
    assert report["usage"]["moves"] == 0
    assert any(spot.startswith("RBAC does not allow list pods") for spot in report["blind_spots"])
    assert any("events" in spot for spot in report["blind_spots"]) == (scope == CRASH)


def test_a_cluster_of_which_one_namespace_may_be_seen(console: Console, cluster: Any) -> None:
    _, path = cluster(rbac=rights(), namespace=NAMESPACE)
    report = reports(console.investigate("--kubeconfig", path, "-A"), 0)
    assert report["root_cause"]["id"] == CAUSE
    assert "RBAC does not allow list pods in all namespaces." in report["blind_spots"]
