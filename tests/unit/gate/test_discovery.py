"""Discovery documents of a real Kubernetes 1.36, and spellings of kinds."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.discovery import (
    Catalogue,
    ResourceKind,
    from_aggregated,
    from_legacy,
    preferred_versions,
)

API_RECORDING = Path(__file__).parents[2] / "data" / "recordings" / "api.json.gz"


def recorded(path: str, aggregated: bool) -> Any:
    for entry in json.loads(gzip.decompress(API_RECORDING.read_bytes())):
        asked = "APIGroupDiscoveryList" in entry["accept"]
        if entry["path"] == path and entry["method"] == "GET" and asked == aggregated:
            return entry["response"]
    raise KeyError(path)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return from_aggregated(recorded("/api", True), recorded("/apis", True))


WIDGET: Any = {
    "items": [
        {
            "metadata": {"name": "example.dev"},
            "versions": [
                {
                    "version": "v2",
                    "resources": [
                        {
                            "resource": "widgets",
                            "responseKind": {"kind": "Widget"},
                            "scope": "Namespaced",
                            "singularResource": "widget",
                            "shortNames": ["wd", "po"],
                            "verbs": ["get", "list"],
                            "categories": ["all"],
                        },
                        {"resource": "secrets", "responseKind": {"kind": "Secret"}},
                    ],
                },
                {
                    "version": "v1",
                    "resources": [{"resource": "widgets", "responseKind": {"kind": "Widget"}}],
                },
                {"version": "v0", "freshness": "Stale", "resources": []},
            ],
        }
    ]
}


@pytest.mark.parametrize(
    ("word", "full_name"),
    [
        ("pods", "pods"),
        ("po", "pods"),
        ("POD", "pods"),
        ("Deployment", "deployments.apps"),
        ("deploy.apps", "deployments.apps"),
        ("deployments.v1.apps", "deployments.apps"),
        ("hpa", "horizontalpodautoscalers.autoscaling"),
        ("ingresses.networking", "ingresses.networking.k8s.io"),
        ("events", "events"),
        ("events.events.k8s.io", "events.events.k8s.io"),
        ("secrets.v1.", "secrets"),
        ("SECRETS", "secrets"),
        ("ns", "namespaces"),
        ("sc", "storageclasses.storage.k8s.io"),
    ],
)
def test_every_spelling_of_kubectl(catalogue: Catalogue, word: str, full_name: str) -> None:
    found = catalogue.resolve(word)
    assert found is not None
    assert found.full_name == full_name


@pytest.mark.parametrize("word", ["all", "podz", "pods.apps", "deployments.v1.batch", "", ".apps"])
def test_what_is_no_kind(catalogue: Catalogue, word: str) -> None:
    assert catalogue.resolve(word) is None


def test_categories(catalogue: Catalogue) -> None:
    names = {kind.plural for kind in catalogue.category("all")}
    assert {"pods", "services", "deployments", "jobs"} <= names
    assert "secrets" not in names
    assert catalogue.category("nothing") == ()


def test_legacy_and_aggregated_agree(catalogue: Catalogue) -> None:
    legacy = from_legacy(
        [recorded(path, False) for path in ("/api/v1", "/apis/apps/v1", "/apis/batch/v1")]
    )
    ours = {kind.full_name: kind for kind in catalogue.kinds}
    assert len(legacy.kinds) >= 24
    for kind in legacy.kinds:
        assert kind == ours[kind.full_name], kind.full_name


def test_preferred_versions_come_first() -> None:
    found = preferred_versions(recorded("/apis", False))
    assert found.index("autoscaling/v2") < found.index("autoscaling/v1")
    assert preferred_versions(None) == []


def test_custom_resources() -> None:
    catalogue = from_aggregated(recorded("/api", True), WIDGET)
    widget = catalogue.resolve("wd")
    assert widget is not None
    assert (widget.api_version, widget.namespaced) == ("example.dev/v2", True)
    assert catalogue.resolve("widgets.v1.example.dev") == widget
    assert widget in catalogue.category("all")
    assert catalogue.absent_groups == ("example.dev/v0",)
    assert catalogue.with_kind("example.dev/v1", "Widget") == widget


def test_a_custom_resource_hides_nothing_of_the_core() -> None:
    catalogue = from_aggregated(recorded("/api", True), WIDGET)
    pods = catalogue.resolve("po")
    assert pods is not None
    assert pods.plural == "pods"
    core = catalogue.resolve("secret")
    foreign = catalogue.resolve("secrets.example.dev")
    assert core is not None
    assert foreign is not None
    assert core.is_secret
    assert not foreign.is_secret


@pytest.mark.parametrize("document", [None, [], "x", {}, {"items": None}, {"items": [1, {}]}])
def test_broken_documents_give_an_empty_catalogue(document: Any) -> None:
    assert from_aggregated(document, document).kinds == ()
    assert from_legacy([document]).kinds == ()


def test_request_paths(catalogue: Catalogue) -> None:
    pods, deploy, nodes = (catalogue.resolve(w) for w in ("pods", "deployments", "nodes"))
    assert isinstance(pods, ResourceKind)
    assert isinstance(deploy, ResourceKind)
    assert isinstance(nodes, ResourceKind)
    assert pods.path("shop", "web") == "/api/v1/namespaces/shop/pods/web"
    assert pods.path(None) == "/api/v1/pods"
    assert deploy.path("shop") == "/apis/apps/v1/namespaces/shop/deployments"
    assert nodes.path("shop", "n1") == "/api/v1/nodes/n1"
    assert "log" in pods.subresources
