"""ClusterView against an API server: discovery, names, rights, schemas, and what is hidden."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.cluster import MOST_NAMES, ClusterView
from sandbox.discovery import ResourceKind
from sandbox.simulator.store import Store
from tests.integration.gate.conftest import Answer, ScriptedServer
from tools.api import Api
from tools.errors import ClusterError

pytestmark = pytest.mark.integration
API_RECORDING = Path(__file__).parents[2] / "data" / "recordings" / "api.json.gz"


def kind(view: ClusterView, word: str) -> ResourceKind:
    found = view.resolve(word)
    assert found is not None, word
    return found


def test_kinds_version_and_names(api: Api) -> None:
    view = ClusterView(api)
    assert view.version.startswith("v1.36")
    assert kind(view, "deploy").full_name == "deployments.apps"
    listed = view.names(kind(view, "po"), "shop")
    assert (len(listed.names), listed.complete, listed.denied) == (20, True, False)
    assert {"default", "shop", "web"} <= view.namespaces().names
    assert view.names(kind(view, "pods"), "web").names == frozenset()


def test_secret_names_come_without_content(api: Api) -> None:
    view = ClusterView(api)
    secrets = kind(view, "Secret")
    text = view.names(secrets, "shop").stdout(secrets, "shop")
    assert json.loads(text) == {
        "kind": "Secret",
        "namespace": "shop",
        "names": ["password"],
        "complete": True,
    }


def test_find_sees_objects_that_came_after_the_list(api: Api, store: Store) -> None:
    view = ClusterView(api)
    assert view.find("pods", "shop", "cart-7d9f001") is True
    assert view.find("pods", "shop", "late") is False
    meta = {"name": "late", "namespace": "shop"}
    store.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {}})
    assert view.find("pods", "shop", "late") is True
    assert view.find("ns", None, "shop") is True
    assert view.find("ns", None, "shpo") is False
    assert view.find("podz", "shop", "x") is None


def test_rights(api: Api, narrow_api: Api) -> None:
    admin, narrow = ClusterView(api), ClusterView(narrow_api)
    assert admin.rules("shop").allows("delete", "apps", "deployments")
    assert narrow.rules("shop").allows("list", "", "pods")
    assert narrow.rules("shop").denies("list", "apps", "deployments")
    assert narrow.can("list", kind(narrow, "pods"), None) is False
    assert narrow.can("list", kind(narrow, "pods"), "shop") is True
    assert narrow.can("get", kind(narrow, "pods"), "shop", "x", "log") is True


def test_what_rbac_hides_is_unknown(narrow_api: Api) -> None:
    view = ClusterView(narrow_api)
    assert view.namespaces().denied
    assert view.names(kind(view, "deploy"), "shop").denied
    assert view.find("deploy", "shop", "cart") is None
    assert view.find("ns", None, "shop") is None
    assert view.find("pods", "shop", "nope") is False


def test_live_schemas(api: Api) -> None:
    view = ClusterView(api)
    schemas = view.schemas("apps/v1")
    assert schemas.source == "the cluster"
    doc: Any = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replica": 1}}
    assert "spec.replica" in [problem.path for problem in schemas.check(doc)]
    packed = view.schemas("autoscaling/v2beta3")
    assert "packed" in packed.source


# Scripted servers: what the simulator never says.


def recorded(method: str, path: str, accept: str, _: Any) -> Answer:
    """The recorded answers of a real Kubernetes 1.36, aggregated discovery left out."""
    if "APIGroupDiscoveryList" in accept:
        accept = "application/json"
    for entry in json.loads(gzip.decompress(API_RECORDING.read_bytes())):
        if (entry["method"], entry["path"], entry["accept"]) == (method, path, accept):
            return Answer(entry["status"], entry["response"])
    return Answer(404, "404 page not found\n")


def test_legacy_discovery(scripted: ScriptedServer, scripted_api: Api) -> None:
    """An old server ignores the Accept header; group-versions that do not answer are named."""
    scripted.script = recorded
    view = ClusterView(scripted_api)
    assert kind(view, "deploy").path("shop") == "/apis/apps/v1/namespaces/shop/deployments"
    assert kind(view, "cj").api_version == "batch/v1"
    assert "storage.k8s.io/v1" in view.catalogue.absent_groups
    assert view.resolve("storageclasses") is None


def pages(total: int) -> Any:
    def script(method: str, path: str, accept: str, body: Any) -> Answer:
        if "/pods" not in path:
            return recorded(method, path, accept, body)
        assert accept.startswith("application/json;as=PartialObjectMetadataList")
        start = int(path.partition("continue=")[2] or 0)
        end = min(start + 500, total)
        items = [{"metadata": {"name": f"p{i}"}} for i in range(start, end)]
        token = str(end) if end < total else ""
        return Answer(200, {"metadata": {"continue": token}, "items": items})

    return script


@pytest.mark.parametrize(("total", "complete"), [(1200, True), (9000, False)])
def test_pages(scripted: ScriptedServer, scripted_api: Api, total: int, complete: bool) -> None:
    scripted.script = pages(total)
    view = ClusterView(scripted_api)
    listed = view.names(kind(view, "pods"), "shop")
    assert listed.complete is complete
    assert len(listed.names) == min(total, MOST_NAMES)
    calls = len(scripted.asked)
    assert view.names(kind(view, "pods"), "shop") == listed
    assert len(scripted.asked) == calls, "the list is cached for the run"


@pytest.mark.parametrize("status", [403, 404, 406, 500, 503])
def test_failing_lists_are_not_errors(
    scripted: ScriptedServer, scripted_api: Api, status: int
) -> None:
    failing = True

    def script(method: str, path: str, accept: str, body: Any) -> Answer:
        if "/pods" in path and failing:
            return Answer(status, {"kind": "Status", "message": "no", "reason": "No"})
        found: Answer = pages(3)(method, path, accept, body)
        return found

    scripted.script = script
    view = ClusterView(scripted_api)
    listed = view.names(kind(view, "pods"), "shop")
    assert (listed.complete, listed.denied) == (False, status == 403)
    failing = False
    again = view.names(kind(view, "pods"), "shop")
    assert again.complete is (status >= 500), "only a passing failure is tried again"


def test_a_server_that_says_no_to_everything(scripted: ScriptedServer, scripted_api: Api) -> None:
    scripted.script = lambda *_: Answer(403, {"kind": "Status", "reason": "Forbidden"})
    view = ClusterView(scripted_api)
    assert view.version == ""
    assert view.catalogue.kinds == ()
    assert view.rules("shop").complete is False
    assert view.resolve("pods") is None
    assert not view.namespaces().complete
    assert "packed" in view.schemas("apps/v1").source


def test_odd_answers(scripted: ScriptedServer, scripted_api: Api) -> None:
    odd = {"kind": "List", "items": [None, {"metadata": None}, {"metadata": {"name": "a"}}]}
    scripted.script = lambda method, path, accept, body: (
        Answer(200, odd) if "/pods" in path else recorded(method, path, accept, body)
    )
    view = ClusterView(scripted_api)
    assert view.names(kind(view, "pods"), "shop").names == {"a"}


def test_no_server_is_an_error(scripted: ScriptedServer, scripted_api: Api) -> None:
    scripted.stop()
    with pytest.raises(ClusterError):
        _ = ClusterView(scripted_api).catalogue
