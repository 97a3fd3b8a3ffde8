"""Grammars of manifests: every text is valid under the schemas; what a server says beyond them is counted."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from agent.grammars.manifests import manifest_grammar
from model.grammar.lark import Impossible
from model.grammar.render import render_yaml
from sandbox.scenario import load as load_scenario
from sandbox.simulator.inprocess import Client
from sandbox.simulator.launch import populate
from tests import grammar_cases as custom
from tests.grammar_samples import Sampler, allows, matcher, repeated_keys
from tools.kubectl.policy import EVERYWHERE, Policy
from tools.manifest import moves
from tools.manifest.gvk import Gvk
from tools.manifest.load import load
from tools.manifest.schema import SchemaSet
from tools.manifest.screen import KINDS, screen

SAMPLES = 200
PATHS = {
    Gvk("apps", "v1", "Deployment"): "deployments",
    Gvk("batch", "v1", "CronJob"): "cronjobs",
    Gvk("networking.k8s.io", "v1", "NetworkPolicy"): "networkpolicies",
    Gvk("autoscaling", "v2", "HorizontalPodAutoscaler"): "horizontalpodautoscalers",
    Gvk("", "v1", "PersistentVolumeClaim"): "persistentvolumeclaims",
    Gvk("rbac.authorization.k8s.io", "v1", "Role"): "roles",
    Gvk(custom.GROUP, custom.VERSION, custom.KIND): custom.PLURAL,
}
MOST_REJECTED = 0.4
"""Share that the server may reject. It knows rules across fields that no such grammar can say, above all
that a volume mount names one of the volumes."""


class Server:
    """A simulated cluster with one custom resource, asked for dry runs."""

    def __init__(self) -> None:
        instance = load_scenario("healthy", 0)
        self.namespace = instance.namespace
        self.client = Client(populate(instance, datetime(2026, 11, 23, tzinfo=UTC)))
        made = self.client.request(
            "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", custom.definition()
        )
        assert made.code == 201, made.body

    def schemas(self, gvk: Gvk) -> SchemaSet:
        """As an agent reads them."""
        path = f"apis/{gvk.api_version}" if gvk.group else f"api/{gvk.version}"
        document = self.client.request("GET", f"/openapi/v3/{path}")
        assert document.code == 200
        return SchemaSet.from_openapi([document.body], complete=True)

    def rejection(self, gvk: Gvk, body: Any) -> str:
        """Why a strict dry run rejects an object; empty when it does not."""
        path = f"apis/{gvk.api_version}" if gvk.group else f"api/{gvk.version}"
        url = f"/{path}/namespaces/{self.namespace}/{PATHS[gvk]}?dryRun=All&fieldValidation=Strict"
        answer = self.client.request("POST", url, body)
        if answer.code < 300:
            return ""
        causes = (answer.body.get("details") or {}).get("causes") or [{}]
        field = re.sub(r"\[\d+\]", "[]", str(causes[0].get("field", "")))
        text = str(causes[0].get("message") or answer.body.get("message"))
        plain = re.sub('".*?"', "...", text)
        return f"{answer.code} {field}: {plain[:70]}"


@pytest.fixture(scope="module")
def server() -> Server:
    return Server()


@pytest.mark.parametrize("gvk", PATHS, ids=lambda gvk: gvk.kind)
def test_every_manifest_is_valid_under_the_schema(
    gvk: Gvk, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    schemas = server.schemas(gvk) if gvk.kind == custom.KIND else SchemaSet.packed()
    grammar = manifest_grammar(schemas, gvk, "zz-web", server.namespace)
    sampler = Sampler(grammar, Random(11))
    rejected: Counter[str] = Counter()
    for _ in range(SAMPLES):
        text = sampler.text(hurry=0.2)
        assert not repeated_keys(text), text
        found = json.loads(text)
        assert schemas.check(found) == [], text
        assert (found["kind"], found["metadata"]["name"]) == (gvk.kind, "zz-web")
        assert "status" not in found
        rendered = render_yaml(text)
        assert load(rendered).value == found
        if (gvk.group, gvk.kind) in KINDS:
            move = moves.parse(rendered)
            assert screen(move, EVERYWHERE, Policy.load()).decision == "approve", text
        why = server.rejection(gvk, found)
        if why:
            rejected[why] += 1
    total = sum(rejected.values())
    with capsys.disabled():
        print(f"\n{gvk.kind}: {SAMPLES} valid, dry run rejects {total}", end="")
        for why, count in rejected.most_common():
            print(f"\n    {count:3} {why}", end="")
    assert total <= SAMPLES * MOST_REJECTED


@pytest.mark.parametrize("gvk", list(PATHS)[:-1], ids=lambda gvk: gvk.kind)
def test_the_schemas_of_a_live_server_do_as_well(gvk: Gvk, server: Server) -> None:
    schemas = server.schemas(gvk)
    sampler = Sampler(manifest_grammar(schemas, gvk, "zz-web", server.namespace), Random(12))
    for _ in range(20):
        text = sampler.text(hurry=0.2)
        assert schemas.check(json.loads(text)) == [], text


@pytest.mark.parametrize(
    "gvk",
    sorted(gvk for gvk in SchemaSet.packed().kinds() if (gvk.group, gvk.kind) in KINDS),
    ids=str,
)
def test_every_kind_that_moves_may_write_has_a_grammar(gvk: Gvk) -> None:
    schemas = SchemaSet.packed()
    grammar = manifest_grammar(schemas, gvk, "x", "shop")
    sampler = Sampler(grammar, Random(13))
    for _ in range(15):
        text = sampler.text(hurry=0.2)
        assert schemas.check(json.loads(text)) == [], text


def test_a_good_deployment_can_be_said_and_its_usual_mistakes_cannot() -> None:
    good: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"labels": {"app": "web"}, "name": "web", "namespace": "shop"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [
                        {
                            "command": ["sh", "-c", "exec /bin/server --port=8080"],
                            "env": [{"name": "LOG_LEVEL", "value": "debug"}],
                            "image": "registry.io/shop/web:1.4",
                            "name": "web",
                            "ports": [{"containerPort": 8080}],
                            "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
                            "resources": {
                                "limits": {"memory": "512Mi"},
                                "requests": {"cpu": "100m"},
                            },
                        }
                    ]
                },
            },
        },
    }
    found = matcher(
        manifest_grammar(SchemaSet.packed(), Gvk("apps", "v1", "Deployment"), "web", "shop")
    )

    def said(document: dict[str, Any]) -> bool:
        return allows(found, json.dumps(document, separators=(",", ":")))

    assert said(good)
    for path, value in (
        (("apiVersion",), "extensions/v1beta1"),
        (("metadata", "name"), "other"),
        (("spec", "replicaCount"), 2),
        (("spec", "replicas"), "2"),
        (("spec", "selector"), {"matchLabels": {"app": "api"}}),
        (("spec", "template", "spec", "hostNetwork"), True),
        (("status",), {}),
    ):
        document = json.loads(json.dumps(good))
        node = document
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value
        document = {key: document[key] for key in sorted(document)}
        assert not said(document), path


def test_what_cannot_be_written_says_so() -> None:
    schemas = SchemaSet.packed()
    with pytest.raises(Impossible):
        manifest_grammar(
            schemas, Gvk("autoscaling", "v2beta3", "HorizontalPodAutoscaler"), "a", "b"
        )
    with pytest.raises(Impossible):  # a move binds nobody to a role
        manifest_grammar(schemas, Gvk("rbac.authorization.k8s.io", "v1", "RoleBinding"), "a", "b")


def test_recursive_schemas_end() -> None:
    node = {"type": "object", "properties": {"name": {"type": "string"}}}
    tree: dict[str, Any] = {
        "example.Tree": {
            **node,
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
                "left": {"$ref": "#/components/schemas/example.Branch"},
            },
            "x-kubernetes-group-version-kind": [
                {"group": "example", "version": "v1", "kind": "Tree"}
            ],
        },
        "example.Branch": {
            **node,
            "properties": {
                "name": {"type": "string"},
                "left": {"$ref": "#/components/schemas/example.Branch"},
                "rest": {"type": "array", "items": {"$ref": "#/components/schemas/example.Branch"}},
            },
        },
    }
    schemas = SchemaSet(tree, source="test")
    sampler = Sampler(manifest_grammar(schemas, Gvk("example", "v1", "Tree"), "t", None), Random(1))
    for _ in range(50):
        assert schemas.check(json.loads(sampler.text())) == []
