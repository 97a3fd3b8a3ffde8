"""Server-side apply as real kubectls use it, against the simulated server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.engine import still
from sandbox.simulator.logs import NoLogs
from sandbox.simulator.server import ApiServer
from sandbox.simulator.store import Store
from tests import real_kubectl

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(real_kubectl.best() is None, reason="no kubectl on PATH"),
]

NAMESPACES = ("default", "shop")


@pytest.fixture
def server() -> Iterator[ApiServer]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    store = Store(lambda: at, seed="apply")
    for name in NAMESPACES:
        store.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    with ApiServer(still(store), NoLogs()) as started:
        yield started


def manifest(image: str, replicas: int | None = 2, **labels: str) -> str:
    spec: dict[str, Any] = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": image}]},
        },
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return json.dumps(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "labels": labels or {"app": "web"}},
            "spec": spec,
        }
    )


class Kubectl:
    """One kubectl and its home."""

    def __init__(self, binary: Path, server: ApiServer, home: Path) -> None:
        self.binary, self.server, self.home = binary, server, home

    def __call__(self, *argv: str, text: str = "", code: int = 0) -> str:
        file = self.home / "manifest.json"
        file.write_text(text, encoding="utf-8")
        named = [str(file) if word == "FILE" else word for word in argv]
        done = real_kubectl.run(self.binary, self.server, self.home, "shop", *named)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def deployment(self) -> dict[str, Any]:
        text = self("get", "deployment", "web", "-o", "json", "--show-managed-fields")
        found: dict[str, Any] = json.loads(text)
        return found


def some_versions() -> list[str]:
    """The oldest, the newest and the one of the recordings: each takes its seconds."""
    known = sorted(real_kubectl.binaries())
    return [name for name in known if name in {*known[:1], "1.32", *known[-1:]}]


@pytest.fixture(params=some_versions())
def kubectl(request: pytest.FixtureRequest, server: ApiServer, tmp_path: Path) -> Kubectl:
    return Kubectl(real_kubectl.binaries()[request.param], server, tmp_path)


def managers(obj: dict[str, Any]) -> list[tuple[str, str]]:
    entries = obj["metadata"].get("managedFields", [])
    return [(entry["manager"], entry["operation"]) for entry in entries]


def test_client_side_apply_then_server_side(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "FILE", text=manifest("nginx:1"))
    assert managers(kubectl.deployment()) == [("kubectl-client-side-apply", "Update")]
    kubectl("apply", "-f", "FILE", text=manifest("nginx:2"))
    said = kubectl("apply", "--server-side", "-f", "FILE", text=manifest("nginx:3"))
    assert "serverside-applied" in said
    obj = kubectl.deployment()
    assert obj["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:3"
    # Beside it kubectl-last-applied, whose turn comes first where a second passed between the two.
    assert ("kubectl", "Apply") in managers(obj)
    # The label that kubectl made on the client's side goes when the configuration drops it.
    kubectl("apply", "--server-side", "-f", "FILE", text=manifest("nginx:3", tier="front"))
    assert kubectl.deployment()["metadata"]["labels"] == {"tier": "front"}
    # And back again.
    kubectl("apply", "-f", "FILE", text=manifest("nginx:4"))
    image = kubectl.deployment()["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == "nginx:4"


def test_conflicts_and_force(kubectl: Kubectl) -> None:
    said = kubectl("apply", "--server-side", "-f", "FILE", text=manifest("nginx:1"))
    assert "deployment.apps/web serverside-applied" in said
    kubectl("scale", "deployment", "web", "--replicas=5")
    kubectl("set", "image", "deployment/web", "web=nginx:9")
    said = kubectl("apply", "--server-side", "-f", "FILE", text=manifest("nginx:1"), code=1)
    assert "Apply failed with 2 conflicts: " in said
    assert "- .spec.replicas" in said
    assert '- .spec.template.spec.containers[name="web"].image' in said
    assert "Please review the fields above" in said
    entry = next(
        one for one in kubectl.deployment()["metadata"]["managedFields"] if "subresource" in one
    )
    assert (entry["subresource"], entry["fieldsV1"]) == ("scale", {"f:spec": {"f:replicas": {}}})
    dry = ("apply", "--server-side", "--dry-run=server", "--force-conflicts", "-f", "FILE")
    assert "(server dry run)" in kubectl(*dry, text=manifest("nginx:1"))
    assert kubectl.deployment()["spec"]["replicas"] == 5
    kubectl("apply", "--server-side", "--force-conflicts", "-f", "FILE", text=manifest("nginx:1"))
    obj = kubectl.deployment()
    assert obj["spec"]["replicas"] == 2
    assert managers(obj) == [("kubectl", "Apply")]
    version = obj["metadata"]["resourceVersion"]
    kubectl("apply", "--server-side", "-f", "FILE", text=manifest("nginx:1"))
    assert kubectl.deployment()["metadata"]["resourceVersion"] == version


def test_fields_that_nobody_knows(kubectl: Kubectl) -> None:
    text = manifest("nginx:1").replace('"replicas"', '"replicaz"')
    said = kubectl("apply", "--server-side", "-f", "FILE", text=text, code=1)
    assert (
        "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): "
        ".spec.replicaz: field not declared in schema"
    ) in said


def test_two_managers_share_one_object(kubectl: Kubectl) -> None:
    kubectl("apply", "--server-side", "-f", "FILE", text=manifest("nginx:1", None))
    other = manifest("nginx:1", 4, team="b")
    argv = ("apply", "--server-side", "--field-manager=other", "-f", "FILE")
    kubectl(*argv, text=other)
    obj = kubectl.deployment()
    assert obj["metadata"]["labels"] == {"app": "web", "team": "b"}
    assert sorted(managers(obj)) == [("kubectl", "Apply"), ("other", "Apply")]
    kubectl(*argv, text=manifest("nginx:1", None))
    assert kubectl.deployment()["metadata"]["labels"] == {"app": "web"}


def test_patches_of_every_type(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "FILE", text=manifest("nginx:1"))
    kubectl("patch", "deployment", "web", "-p", '{"metadata":{"labels":{"a":"1"}}}')
    kubectl("patch", "deployment", "web", "--type=merge", "-p", '{"spec":{"replicas":3}}')
    change = '[{"op":"replace","path":"/spec/replicas","value":4}]'
    kubectl("patch", "deployment", "web", "--type=json", "-p", change)
    obj = kubectl.deployment()
    assert obj["spec"]["replicas"] == 4
    assert obj["metadata"]["labels"] == {"app": "web", "a": "1"}
    wrong = '[{"op":"test","path":"/spec/replicas","value":9}]'
    said = kubectl("patch", "deployment", "web", "--type=json", "-p", wrong, code=1)
    assert "the server rejected our request due to an error in our request" in said
