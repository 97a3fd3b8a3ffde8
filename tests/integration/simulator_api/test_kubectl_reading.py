"""Every kubectl reads: lists in all forms, watches, explanations, permissions, use of resources."""

from __future__ import annotations

import json
from itertools import count

import pytest

from tests.kubectl_session import EDGES, VERSIONS, Session, until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not VERSIONS, reason="no kubectl on PATH"),
]

GADGETS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "gadgets.foo.dev"},
    "spec": {
        "group": "foo.dev",
        "scope": "Namespaced",
        "names": {"kind": "Gadget", "plural": "gadgets"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "description": "A thing.",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "description": "What is wanted.",
                                "required": ["size"],
                                "properties": {
                                    "size": {"type": "integer", "description": "How big."},
                                    "parts": {
                                        "type": "array",
                                        "items": {
                                            "type": "object",
                                            "properties": {"name": {"type": "string"}},
                                        },
                                    },
                                },
                            }
                        },
                    }
                },
            }
        ],
    },
}


@pytest.fixture(scope="module", autouse=True)
def web(kubectl: Session) -> None:
    kubectl("create deployment web --image=nginx:1 --replicas=3")
    kubectl("rollout status deployment/web --timeout=20s")


@pytest.mark.parametrize("kubectl", EDGES, indirect=True)
def test_lists_in_every_form(kubectl: Session) -> None:
    names = kubectl("get pods -o name").split()
    assert len(names) == 3
    assert kubectl("get pods --chunk-size=1 -o name").split() == names
    assert kubectl("get pods -o jsonpath={.items[*].status.phase}") == "Running Running Running"
    custom = kubectl("get pods --no-headers -o custom-columns=N:.metadata.name,P:.status.phase")
    assert {line.split()[1] for line in custom.splitlines()} == {"Running"}
    template = "{{range .items}}{{.metadata.name}} {{end}}"
    assert [
        f"pod/{name}" for name in kubectl("get pods", f"-ogo-template={template}").split()
    ] == names
    assert kubectl("get pods --sort-by=.metadata.name -o name").split() == sorted(names)
    assert kubectl("get pods --field-selector=status.phase=Running -o name").split() == names
    assert "No resources found" in kubectl("get pods --field-selector=status.phase!=Running")
    one = names[0].partition("/")[2]
    assert kubectl(f"get pods --field-selector=metadata.name={one} -o name").split() == names[:1]
    assert (
        kubectl("get pods", "-l", "app in (web),tier notin (x),!zone", "-o", "name").split()
        == names
    )
    assert "field label not supported: spec.x" in kubectl(
        "get pods --field-selector=spec.x=1", code=1
    )
    assert "APP" in kubectl("get pods -L app").splitlines()[0]
    assert "pod-template-hash=" in kubectl("get pods --show-labels")
    assert kubectl.namespace in kubectl("get pods -A")
    assert "deployment.apps/web" in kubectl("get all")
    assert "managedFields" not in kubectl("get deployment web -o yaml")
    assert "managedFields" in kubectl("get deployment web -o yaml --show-managed-fields")
    raw = json.loads(kubectl(f"get --raw /api/v1/namespaces/{kubectl.namespace}/pods?limit=2"))
    assert raw["metadata"]["remainingItemCount"] == 1
    assert "NotFound" in kubectl("get pod none", code=1)
    assert kubectl("get pod none --ignore-not-found") == ""
    assert "the server doesn't have a resource type" in kubectl("get nonsense", code=1)
    assert "Namespace:" in kubectl("describe pods")
    for line in ("Name:", "web", "Replicas:", "3 desired"):
        assert line in kubectl("describe deployment web")
    kubectl("logs -l app=web --tail=1 --prefix")


def test_watches_go_on_and_show_what_happens(kubectl: Session) -> None:
    value = count()
    kubectl("create configmap seen --from-literal=a=b")
    with (
        kubectl.following("get configmaps --watch-only --output-watch-events") as only,
        kubectl.following("get configmaps -w -o name") as every,
        kubectl.following("events --watch") as events,
        kubectl.following("get pods -w") as pods,
    ):
        until(lambda: "configmap/seen" in every.read_text())
        until(lambda: pods.read_text().count("web-") == 3)
        until(lambda: "ScalingReplicaSet" in events.read_text())
        # Again and again: a watch that tells nothing of the past does not show that it has begun.
        until(
            lambda: (
                bool(kubectl(f"label configmap seen --overwrite x={next(value)}"))
                and "MODIFIED" in only.read_text()
            )
        )
        kubectl("delete configmap seen")
        until(lambda: "DELETED" in only.read_text())
        kubectl("scale deployment web --replicas=4")
        until(lambda: pods.read_text().count("1/1") == 4)
        kubectl("scale deployment web --replicas=3")
        until(lambda: "Terminating" in pods.read_text())
        until(lambda: "Scaled down replica set" in events.read_text())
        kubectl("wait --for=jsonpath={.status.replicas}=3 deployment/web --timeout=20s")
    assert "ADDED" not in only.read_text()
    assert only.read_text().split()[:2] == ["EVENT", "NAME"]
    assert "<invalid>" not in pods.read_text()
    assert "web" in kubectl("events --for deployment/web")
    assert "TYPE" in kubectl("events --types=Normal")


def test_explanations(kubectl: Session) -> None:
    assert "VERSION:" in kubectl("explain deployments")
    assert "rollingUpdate" in kubectl("explain deployment.spec --recursive")
    assert "maxSurge" in kubectl("explain deployment --recursive")
    assert "<[]Container>" in kubectl("explain pod.spec.containers")
    assert "CronJob" in kubectl("explain cj --api-version=batch/v1")
    assert "does not exist" in kubectl("explain pod.spec.nonsense", code=1)
    group = f"{kubectl.tag}.dev"
    crd = json.dumps(GADGETS).replace("foo.dev", group).replace("gadget", f"g{kubectl.minor}adget")
    plural = f"g{kubectl.minor}adgets"
    kubectl("apply -f -", text=crd)
    kubectl(f"wait --for=condition=Established crd/{plural}.{group} --timeout=5s")
    assert "What is wanted." in kubectl(f"explain {plural}")
    assert "How big." in kubectl(f"explain {plural}.spec.size")
    every = kubectl(f"explain {plural} --recursive")
    assert all(field in every for field in ("metadata", "spec", "size", "parts", "name"))
    assert "<[]Object>" in kubectl(f"explain {plural}.spec")
    gadget = {"apiVersion": f"{group}/v1", "kind": "Gadget", "metadata": {"name": "g"}}
    said = kubectl("apply -f -", text=json.dumps({**gadget, "spec": {}}), code=1)
    assert "spec.size: Required value" in said
    kubectl("apply -f -", text=json.dumps({**gadget, "spec": {"size": 1}}))
    assert "Size" not in kubectl(f"get {plural}")
    assert "Gadget" in kubectl(f"describe {plural} g")
    assert group in kubectl(f"api-resources --api-group={group}")
    assert f"{group}/v1" in kubectl("api-versions")
    kubectl(f"delete crd {plural}.{group}")
    # This kubectl still believes in the kind for some minutes; the server does not.
    assert "could not find the requested resource" in kubectl(f"get {plural}", code=1)


def test_questions_about_the_server(kubectl: Session) -> None:
    listed = kubectl("auth can-i --list")
    assert listed.split()[:2] == ["Resources", "Non-Resource"]
    assert "*.*" in listed
    assert kubectl("auth can-i create deployments.apps") == "yes\n"
    assert kubectl("auth can-i get /metrics") == "yes\n"
    if kubectl.minor >= 28:  # 1.27 asks for versions that a 1.36 does not serve
        assert "Username" in kubectl("auth whoami")
    assert "v1.36" in kubectl("version")
    assert "is running at" in kubectl("cluster-info")
    resources = kubectl("api-resources --verbs=list --namespaced -o name").split()
    assert {"pods", "deployments.apps", "pods.metrics.k8s.io"} <= set(resources)
    assert kubectl("get --raw /readyz") == "ok"


def test_use_of_resources(kubectl: Session) -> None:
    nodes = kubectl("top nodes").splitlines()
    assert [line.split()[0] for line in nodes] == ["NAME", "node1", "node2"]
    pods = kubectl("top pods --sort-by=memory").splitlines()
    assert len(pods) == 4
    assert "POD" in kubectl("top pods --containers").splitlines()[0]
    assert "web" not in kubectl("top pods -l app=none")
    assert kubectl("top pods -A --sum").splitlines()[-1].split()
    assert "NotFound" in kubectl("top node none", code=1)
