"""Scans that must not end well while something is broken, and fixes that a person can paste."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.render.text import text
from agent.report import Report
from tests.clusters import Cluster
from tests.investigations import conclusion, investigate, proves, served
from tests.podparts import PodSpec, PodState, box, http_probe, running, waiting
from tests.remedies import wrong_steps

pytestmark = pytest.mark.integration


def scan(cluster: Cluster, folder: Path) -> Report:
    """A look over the namespace without alert or question."""
    with served(cluster.store, cluster, folder) as kubeconfig:
        report = investigate(folder, kubeconfig=kubeconfig, namespace=cluster.namespace)
    assert proves(report)
    assert not wrong_steps(report)
    return report


def home(log: str = "") -> Cluster:
    """A Service that sends to 8081, while its pod declares 80 alone."""
    cluster = Cluster()
    spec = PodSpec([box("cart", ports=[{"containerPort": 80}])])
    pods = cluster.deployment("cart", spec, [PodState([running("cart")])])
    cluster.service("home", {"app": "cart"}, target=8081, ready=pods)
    if log:
        cluster.write_log(pods[0], "cart", log)
    return cluster


def test_a_scan_that_finds_only_a_wrong_target_port_blames_it(tmp_path: Path) -> None:
    report = scan(home(), tmp_path)
    assert conclusion(report) == ("service.port-mismatch", "Service/shop/home")


def starting(port: int, since: float, log: str = "") -> Cluster:
    """A container in its first run, which its generous startup probe has not let through yet."""
    probe = http_probe(port, periodSeconds=10, failureThreshold=600)
    cluster = Cluster()
    spec = PodSpec([box("cart", ports=[{"containerPort": 80}], startupProbe=probe)])
    status = running("cart", ready=False, since=since) | {"started": False}
    (pod,) = cluster.deployment("cart", spec, [PodState([status], age=since + 2)])
    asked = f'Get "http://10.244.0.58:{port}/healthz": dial tcp 10.244.0.58:{port}: connect: '
    message = f"Startup probe failed: {asked}connection refused"
    cluster.event("Pod", pod, "Unhealthy", message, container="cart", count=18)
    cluster.write_log(pod, "cart", log or "INFO starting\n")
    return cluster


def test_a_startup_probe_on_the_wrong_port_is_told_before_it_gives_up(tmp_path: Path) -> None:
    report = scan(starting(8080, 180), tmp_path)
    assert conclusion(report) == ("probe.liveness-wrong-port", "Deployment/shop/cart")
    assert report.remedy is not None
    assert "port: 80" in str(report.remedy.moves[0].manifest)
    assert "8080" not in str(report.remedy.moves[0].manifest)


@pytest.mark.parametrize("since", [180.0, 900.0])
def test_a_startup_probe_that_still_fails_is_told_with_next_steps(
    since: float, tmp_path: Path
) -> None:
    report = scan(starting(80, since), tmp_path)
    assert report.verdict == "inconclusive"
    assert report.next_steps
    if since < 300:
        assert "the startup probe of container cart has failed 18 times" in report.summary


def test_an_object_without_near_miss_is_to_be_created(tmp_path: Path) -> None:
    cluster = Cluster()
    missing = 'configmap "cart-settings" not found'
    state = PodState([waiting("cart", "CreateContainerConfigError", missing)], phase="Pending")
    spec = PodSpec([box("cart", envFrom=[{"configMapRef": {"name": "cart-settings"}}])])
    (pod,) = cluster.deployment("cart", spec, [state])
    cluster.event("Pod", pod, "Failed", f"Error: {missing}")
    report = scan(cluster, tmp_path)
    assert conclusion(report) == ("config.object-missing", "Deployment/shop/cart")
    assert report.remedy is not None
    assert "exists" not in report.remedy.summary
    assert [move.text for move in report.remedy.moves] == [
        "kubectl create configmap cart-settings -n shop --from-literal=<key>=<value>"
    ]
    shown = next(row for row in text(report).splitlines() if "create configmap" in row)
    assert shown.strip().startswith("# kubectl")


def unplaced(changed: str) -> Cluster:
    """Pods that no node takes for their nodeSelector, in a revision that changed this or the image."""
    cluster = Cluster()
    message = (
        "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. preemption: "
        "0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    )
    wanted = {"nodeSelector": {"disktype": "ssd"}}
    spec = PodSpec([box("cart")], more=wanted)
    cluster.deployment("cart", spec, [PodState(unscheduled=message)], revision=2)
    old = (
        PodSpec([box("cart")])
        if changed == "nodeSelector"
        else PodSpec([box("cart", image="registry.example.com/shop/cart:1.4.1")], more=wanted)
    )
    cluster.old_revision("cart", old, [], revision=1, digest="7c9d8f6b5c")
    return cluster


def test_what_the_newest_revision_broke_is_undone(tmp_path: Path) -> None:
    report = scan(unplaced("nodeSelector"), tmp_path)
    assert conclusion(report) == ("scheduling.node-selector", "Deployment/shop/cart")
    assert report.remedy is not None
    assert report.remedy.moves[0].text == (
        "kubectl rollout undo deployment/cart -n shop --to-revision=1"
    )
    assert "{" not in report.changed[0].what
    assert "disktype=ssd" in report.changed[0].what
    said = [row for row in text(report, width=1000).splitlines() if "|" not in row]
    assert not [row for row in said if '{"' in row], said


def test_a_revision_that_changed_something_else_is_not_to_blame(tmp_path: Path) -> None:
    report = scan(unplaced("image"), tmp_path)
    assert report.remedy is not None
    assert report.remedy.moves[0].text.startswith("kubectl patch deployment cart")
    assert any("kubectl label node <node> disktype=ssd" in step for step in report.next_steps)
