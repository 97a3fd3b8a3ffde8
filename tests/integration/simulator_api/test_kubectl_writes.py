"""The newest and the oldest kubectl of this machine change a simulated cluster."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.pace import AUTO
from sandbox.simulator.server import ApiServer
from sandbox.simulator.settle import build
from sandbox.simulator.world import World
from tests import real_kubectl
from tests.kubectl_session import EDGES

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not EDGES, reason="no kubectl on PATH"),
]
Kubectl = Callable[..., subprocess.CompletedProcess[str]]

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "nginx:1.25"}]},
        },
    },
}
WIDGETS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.foo.dev"},
    "spec": {
        "group": "foo.dev",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets", "shortNames": ["wd"]},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {
                    "status": {},
                    "scale": {
                        "specReplicasPath": ".spec.size",
                        "statusReplicasPath": ".status.size",
                    },
                },
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "size": {"type": "integer", "description": "How big."}
                                },
                            },
                            "status": {
                                "type": "object",
                                "properties": {"size": {"type": "integer"}},
                            },
                        },
                    }
                },
            }
        ],
    },
}


@pytest.fixture(params=EDGES)
def kubectl(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kubectl]:
    engine = build(World(metrics_server=True), datetime(2026, 11, 23, tzinfo=UTC), "writes")
    engine.advance(5)
    binary = real_kubectl.binaries()[request.param]
    with ApiServer(engine, PodLogs(engine), pace=AUTO) as server:

        def run(*argv: str) -> subprocess.CompletedProcess[str]:
            return real_kubectl.run(binary, server, tmp_path, "default", *argv)

        yield run


def written(folder: Path, name: str, obj: dict[str, Any]) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(obj), encoding="utf-8")
    return str(path)


def with_image(image: str) -> dict[str, Any]:
    obj: dict[str, Any] = json.loads(json.dumps(DEPLOYMENT))
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return obj


def test_a_workload_from_apply_to_delete(kubectl: Kubectl, tmp_path: Path) -> None:
    first = written(tmp_path, "first", DEPLOYMENT)
    second = written(tmp_path, "second", with_image("nginx:1.26"))
    assert kubectl("apply", "-f", first).stdout == "deployment.apps/web created\n"
    assert kubectl("apply", "-f", first).stdout == "deployment.apps/web unchanged\n"
    done = kubectl("rollout", "status", "deployment/web", "--timeout=20s")
    assert done.stdout.endswith('deployment "web" successfully rolled out\n')
    done = kubectl("apply", "--dry-run=server", "-f", second)
    assert done.stdout == "deployment.apps/web configured (server dry run)\n"
    assert "nginx:1.25" in kubectl("get", "deployment", "web", "-o", "wide").stdout
    assert kubectl("apply", "-f", second).stdout == "deployment.apps/web configured\n"
    assert kubectl("label", "deployment", "web", "tier=front").returncode == 0
    assert kubectl("annotate", "deployment", "web", "note=x").returncode == 0
    assert kubectl("scale", "deployment", "web", "--replicas=3").returncode == 0
    assert kubectl("set", "image", "deployment/web", "c=nginx:1.27").returncode == 0
    assert kubectl("rollout", "status", "deployment/web", "--timeout=20s").returncode == 0
    replicas = kubectl("get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}")
    assert replicas.stdout == "3"
    assert (
        kubectl("rollout", "undo", "deployment/web").stdout == "deployment.apps/web rolled back\n"
    )
    patch = '[{"op":"replace","path":"/spec/replicas","value":1}]'
    assert kubectl("patch", "deployment", "web", "--type=json", "-p", patch).returncode == 0
    assert kubectl("replace", "-f", first).stdout == "deployment.apps/web replaced\n"
    done = kubectl("delete", "-f", first, "--timeout=20s")
    assert done.stdout == 'deployment.apps "web" deleted\n', done.stderr
    assert kubectl("wait", "--for=delete", "pod", "-l", "app=web", "--timeout=30s").returncode == 0


def test_mistakes_are_answered_in_the_servers_words(kubectl: Kubectl, tmp_path: Path) -> None:
    good = written(tmp_path, "good", DEPLOYMENT)
    assert kubectl("create", "-f", good).returncode == 0
    again = kubectl("create", "-f", good)
    assert again.returncode == 1
    assert 'deployments.apps "web" already exists' in again.stderr
    stale = kubectl("get", "deployment", "web", "-o", "json").stdout
    assert kubectl("scale", "deployment", "web", "--replicas=1").returncode == 0
    lost = kubectl("replace", "-f", written(tmp_path, "stale", json.loads(stale)))
    assert (
        'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; '
        "please apply your changes to the latest version and try again" in lost.stderr
    )
    typo = with_image("nginx:1.26")
    typo["spec"]["template"]["spec"]["containers"][0]["imag"] = "x"
    strict = kubectl("create", "--dry-run=server", "-f", written(tmp_path, "typo", typo))
    assert 'unknown field "spec.template.spec.containers[0].imag"' in strict.stderr
    assert 'namespaces "none" not found' in kubectl("run", "p", "--image=x", "-n", "none").stderr
    assert kubectl("exec", "web", "--", "ls").returncode == 1


def test_server_side_apply_and_its_conflict(kubectl: Kubectl, tmp_path: Path) -> None:
    manifest = written(tmp_path, "web", DEPLOYMENT)
    done = kubectl("apply", "--server-side", "-f", manifest)
    assert done.stdout == "deployment.apps/web serverside-applied\n"
    assert kubectl("scale", "deployment", "web", "--replicas=5").returncode == 0
    done = kubectl("apply", "--server-side", "-f", manifest)
    assert done.returncode == 1
    assert "Apply failed with 1 conflict" in done.stderr
    assert ".spec.replicas" in done.stderr
    done = kubectl("apply", "--server-side", "--force-conflicts", "-f", manifest)
    assert done.returncode == 0


def test_custom_resources_come_and_go(kubectl: Kubectl, tmp_path: Path) -> None:
    widget = {
        "apiVersion": "foo.dev/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": {"size": 3},
    }
    assert kubectl("apply", "-f", written(tmp_path, "crd", WIDGETS)).returncode == 0
    done = kubectl("wait", "--for=condition=established", "crd/widgets.foo.dev", "--timeout=5s")
    assert done.returncode == 0
    assert (
        kubectl("apply", "-f", written(tmp_path, "w", widget)).stdout
        == "widget.foo.dev/w created\n"
    )
    assert "How big." in kubectl("explain", "widget.spec.size").stdout
    assert kubectl("scale", "wd", "w", "--replicas=5").returncode == 0
    size = kubectl("get", "wd", "w", "-o", "jsonpath={.spec.size} {.metadata.generation}")
    assert size.stdout == "5 2"
    patch = ("--type=merge", "-p", '{"status":{"size":5},"spec":{"size":9}}')
    assert kubectl("patch", "wd", "w", "--subresource=status", *patch).returncode == 0
    size = kubectl("get", "wd", "w", "-o", "jsonpath={.spec.size} {.status.size}")
    assert size.stdout == "5 5"
    assert kubectl("delete", "crd", "widgets.foo.dev", "--timeout=10s").returncode == 0
    assert kubectl("get", "wd").returncode == 1


def test_top_reviews_and_nodes(kubectl: Kubectl) -> None:
    assert kubectl("create", "deployment", "a", "--image=nginx").returncode == 0
    assert kubectl("rollout", "status", "deployment/a", "--timeout=20s").returncode == 0
    assert kubectl("top", "nodes").stdout.splitlines()[1].startswith("node1 ")
    pods = kubectl("top", "pods").stdout.splitlines()
    assert pods[0].split() == ["NAME", "CPU(cores)", "MEMORY(bytes)"]
    assert pods[1].startswith("a-")
    assert "*.*" in kubectl("auth", "can-i", "--list").stdout
    assert kubectl("taint", "nodes", "node1", "a=b:NoSchedule").returncode == 0
    assert kubectl("cordon", "node1").returncode == 0
    assert "SchedulingDisabled" in kubectl("get", "nodes").stdout
    assert kubectl("uncordon", "node1").returncode == 0


def test_drain_waits_for_a_budget(kubectl: Kubectl) -> None:
    assert kubectl("create", "deployment", "a", "--image=nginx").returncode == 0
    assert kubectl("rollout", "status", "deployment/a", "--timeout=20s").returncode == 0
    budget = kubectl("create", "poddisruptionbudget", "a", "--selector=app=a", "--min-available=1")
    assert budget.returncode == 0
    blocked = kubectl("drain", "node1", "--ignore-daemonsets", "--timeout=3s")
    assert blocked.returncode == 1
    assert "Cannot evict pod as it would violate the pod's disruption budget." in blocked.stderr
    assert kubectl("delete", "poddisruptionbudget", "a").returncode == 0
    assert kubectl("drain", "node1", "--ignore-daemonsets", "--timeout=30s").returncode == 0


def test_diff_shows_what_would_change(kubectl: Kubectl, tmp_path: Path) -> None:
    assert kubectl("apply", "-f", written(tmp_path, "a", DEPLOYMENT)).returncode == 0
    done = kubectl("diff", "-f", written(tmp_path, "b", with_image("nginx:1.26")))
    # kubectl calls an external diff, which the emptied PATH hides; getting there is the server's part
    assert 'failed to run "diff"' in done.stderr or "+        - image: nginx:1.26" in done.stdout
