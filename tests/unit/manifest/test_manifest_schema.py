"""Schemas: unknown fields, types, required fields, versions, patches, live documents."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tools.manifest.gvk import Gvk
from tools.manifest.load import load
from tools.manifest.problem import Problem
from tools.manifest.schema import SchemaSet

API_RECORDING = Path(__file__).parents[2] / "data" / "recordings" / "api.json.gz"
DEPLOYMENT = Gvk("apps", "v1", "Deployment")


def problems(text: str) -> list[str]:
    return [str(problem) for problem in SchemaSet.packed().check_document(load(text))]


def deployment(**container: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "nginx:1.27"} | container]},
            },
        },
    }


def one(doc: Any) -> Problem:
    found = SchemaSet.packed().check(doc)
    assert len(found) == 1, found
    return found[0]


def test_a_right_object_has_no_problems() -> None:
    doc = deployment(
        ports=[{"containerPort": 80}],
        livenessProbe={"httpGet": {"path": "/", "port": "http"}},
        readinessProbe={"tcpSocket": {"port": 80}},
        resources={"limits": {"cpu": 0.5, "memory": "1Gi"}, "requests": {"cpu": "250m"}},
        env=[{"name": "A", "value": "1"}],
        command=None,
    )
    assert SchemaSet.packed().check(doc) == []


def test_an_unknown_field_has_its_path_and_the_field_meant() -> None:
    problem = one(deployment(readinessProb={"httpGet": {"port": 80}}))
    assert problem.path == "spec.template.spec.containers[0].readinessProb"
    assert problem.reason == "unknown-field"
    assert problem.hint == "did you mean readinessProbe?"


def test_a_made_up_field_that_ends_with_a_real_one() -> None:
    spec = {"volumeAccessModes": ["ReadWriteOnce"]}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": spec}
    assert one(claim).hint == "did you mean accessModes?"


def test_a_misplaced_field_is_sent_to_its_place() -> None:
    doc = deployment()
    doc["spec"]["containers"] = doc["spec"]["template"]["spec"]["containers"]
    assert one(doc).hint == "containers belongs at spec.template.spec.containers"


@pytest.mark.parametrize(
    ("container", "path", "reason", "hint"),
    [
        ({"image": 5}, "image", "wrong-type", 'quote it: "5"'),
        ({"ports": [{"containerPort": "80"}]}, "ports[0].containerPort", "wrong-type", "without"),
        ({"ports": {"containerPort": 80}}, "ports", "wrong-type", "write a list"),
        ({"env": [{"value": "1"}]}, "env[0].name", "missing-field", ""),
        ({"imagePullPolicy": "always"}, "imagePullPolicy", "bad-value", "did you mean Always?"),
        (
            {"resources": {"limits": {"memory": "512MB"}}},
            "resources.limits.memory",
            "bad-value",
            "did you mean 512M?",
        ),
        (
            {"resources": {"limits": {"memory": "512mi"}}},
            "resources.limits.memory",
            "bad-value",
            "did you mean 512Mi?",
        ),
        (
            {"livenessProbe": {"httpGet": {"port": [80]}}},
            "livenessProbe.httpGet.port",
            "wrong-type",
            "an integer or a string",
        ),
        ({"securityContext": {"runAsUser": "root"}}, "securityContext.runAsUser", "wrong-type", ""),
    ],
)
def test_container_mistakes(container: dict[str, Any], path: str, reason: str, hint: str) -> None:
    problem = one(deployment(**container))
    assert problem.path == f"spec.template.spec.containers[0].{path}"
    assert problem.reason == reason
    assert hint in problem.hint


def test_all_problems_are_told_in_order() -> None:
    doc = deployment(imag="x", tty="yes")
    doc["spec"]["replica"] = 2
    del doc["spec"]["selector"]
    paths = [problem.path for problem in SchemaSet.packed().check(doc)]
    assert paths == sorted(paths)
    assert set(paths) == {
        "spec.replica",
        "spec.selector",
        "spec.template.spec.containers[0].imag",
        "spec.template.spec.containers[0].tty",
    }


def test_null_means_not_set() -> None:
    doc = deployment()
    doc["spec"]["selector"] = None
    assert one(doc).reason == "missing-field"
    assert one(deployment(unheardOf=None)).reason == "unknown-field"


def test_a_yaml_1_1_word_is_explained() -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
        "  - {name: a, image: b, env: [{name: DEBUG, value: on}]}\n"
    )
    assert problems(text) == [
        'spec.containers[0].env[0].value: expected string, not true (quote it: "on" is true to YAML)'
    ]


@pytest.mark.parametrize(
    ("api_version", "kind", "reason", "hint"),
    [
        ("autoscaling/v2beta3", "HorizontalPodAutoscaler", "unknown-version", "use autoscaling/v2"),
        ("extensions/v1beta1", "Ingress", "unknown-version", "use networking.k8s.io/v1"),
        ("batch/v1beta1", "CronJob", "unknown-version", "use batch/v1"),
        ("policy/v1beta1", "PodDisruptionBudget", "unknown-version", "use policy/v1"),
        ("app/v1", "Deployment", "unknown-version", "use apps/v1"),
        ("v1", "Deployment", "unknown-version", "use apps/v1"),
        ("networking.k8s.i/v1", "Ingress", "unknown-version", "use networking.k8s.io/v1"),
        ("apps/v1", "Deploymnet", "unknown-kind", "did you mean Deployment?"),
        ("policy/v1beta1", "PodSecurityPolicy", "unknown-kind", "Pod Security"),
        ("serving.knative.dev/v1", "Service", "no-schema", "cluster that serves it"),
        ("argoproj.io/v1alpha1", "Rollout", "no-schema", "cluster that serves it"),
    ],
)
def test_types_that_are_not_there(api_version: str, kind: str, reason: str, hint: str) -> None:
    problem = one({"apiVersion": api_version, "kind": kind})
    assert problem.reason == reason
    assert hint in problem.hint


def test_lists_are_checked_item_by_item() -> None:
    doc = {"apiVersion": "v1", "kind": "List", "items": [deployment(), deployment(imag="x")]}
    assert one(doc).path == "items[1].spec.template.spec.containers[0].imag"


def test_keys_with_dots_are_shown_in_brackets() -> None:
    doc = deployment()
    doc["metadata"]["labels"] = {"app.kubernetes.io/name": 5}
    assert one(doc).path == 'metadata.labels["app.kubernetes.io/name"]'


def test_patches_need_nothing_but_what_they_change() -> None:
    schemas = SchemaSet.packed()
    patch: Any = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "x:2"}]}}}}
    assert schemas.check(patch, mode="strategic", gvk=DEPLOYMENT) == []
    assert schemas.check({"spec": {"paused": None}}, mode="merge", gvk=DEPLOYMENT) == []


def test_a_strategic_patch_names_the_entries_it_merges() -> None:
    patch: Any = {"spec": {"template": {"spec": {"containers": [{"image": "x:2"}]}}}}
    found = SchemaSet.packed().check(patch, mode="strategic", gvk=DEPLOYMENT)
    assert [problem.path for problem in found] == ["spec.template.spec.containers[0].name"]


def test_a_merge_patch_replaces_lists_whole() -> None:
    patch: Any = {"spec": {"template": {"spec": {"containers": [{"image": "x:2"}]}}}}
    found = SchemaSet.packed().check(patch, mode="merge", gvk=DEPLOYMENT)
    assert [problem.reason for problem in found] == ["missing-field"]


def test_patch_directives_are_no_fields() -> None:
    patch: Any = {
        "spec": {
            "strategy": {"$retainKeys": ["type"], "type": "Recreate"},
            "template": {
                "spec": {
                    "$setElementOrder/containers": [{"name": "a"}],
                    "containers": [{"$patch": "delete", "name": "a"}, {"$patch": "replace"}],
                }
            },
        }
    }
    assert SchemaSet.packed().check(patch, mode="strategic", gvk=DEPLOYMENT) == []
    assert SchemaSet.packed().check(patch, mode="merge", gvk=DEPLOYMENT) != []


@pytest.mark.parametrize("mode", ["strategic", "merge"])
def test_unknown_fields_never_pass_in_a_patch(mode: Any) -> None:
    found = SchemaSet.packed().check({"spec": {"replica": None}}, mode=mode, gvk=DEPLOYMENT)
    assert [(p.path, p.reason) for p in found] == [("spec.replica", "unknown-field")]
    assert "replicas" in found[0].hint


def test_fields_of_a_path() -> None:
    schemas = SchemaSet.packed()
    fields = schemas.fields(DEPLOYMENT, ["spec", "template", "spec", "containers"])
    assert fields is not None
    assert {"image", "livenessProbe", "resources"} <= set(fields)
    assert schemas.fields(DEPLOYMENT, ["spec", "nope"]) is None
    assert schemas.find("apps/v1", "Deployment") == DEPLOYMENT
    assert schemas.find("apps/v2", "Deployment") is None


def _recorded_posts() -> list[tuple[int, str, dict[str, Any]]]:
    entries = json.loads(gzip.decompress(API_RECORDING.read_bytes()))
    return [
        (entry["status"], entry["response"].get("message", ""), json.loads(entry["body"]))
        for entry in entries
        if entry["method"] == "POST" and "/deployments?" in entry["path"]
    ]


@pytest.mark.parametrize("version", ["1.32", "1.34", "1.36"])
def test_agrees_with_a_real_api_server_about_decoding(version: str) -> None:
    """What Kubernetes 1.36 could not decode must have a problem; what it created must have none.

    422 answers are about values; of those only listed words and quantities are covered here.
    """
    posts = _recorded_posts()
    assert {status for status, _, _ in posts} == {201, 400, 422}
    for status, message, body in posts:
        found = SchemaSet.packed(version).check(body)
        if status == 400:
            assert found, message
        if status == 201:
            assert not found
        if "unknown field" in message:
            path = message.split('unknown field "')[1].split('"')[0]
            assert [problem.path for problem in found] == [path]


# A live server's document: references behind allOf, and a custom resource.
LIVE = {
    "openapi": "3.0.0",
    "components": {
        "schemas": {
            "meta.ObjectMeta": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
            "dev.example.v1.Widget": {
                "type": "object",
                "required": ["spec"],
                "properties": {
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    "metadata": {"allOf": [{"$ref": "#/components/schemas/meta.ObjectMeta"}]},
                    "spec": {
                        "type": "object",
                        "required": ["size"],
                        "properties": {
                            "size": {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
                            "port": {
                                "x-kubernetes-int-or-string": True,
                                "anyOf": [{"type": "integer"}, {"type": "string"}],
                            },
                            "free": {
                                "type": "object",
                                "x-kubernetes-preserve-unknown-fields": True,
                                "properties": {"known": {"type": "integer"}},
                            },
                            "name": {"type": "string", "pattern": "^(?P<first>[a-z]+)\\z"},
                            "template": {
                                "type": "object",
                                "x-kubernetes-embedded-resource": True,
                                "x-kubernetes-preserve-unknown-fields": True,
                            },
                            "closed": {"type": "object"},
                            "one": {
                                "type": "object",
                                "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                                "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
                            },
                        },
                    },
                },
                "x-kubernetes-group-version-kind": [
                    {"group": "example.dev", "version": "v1", "kind": "Widget"}
                ],
            },
        }
    },
}


def widget(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "example.dev/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": {"size": 3} | spec,
    }


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({}, None),
        ({"port": "http"}, None),
        ({"port": 80}, None),
        ({"port": 1.5}, "spec.port"),
        ({"free": {"any": {"thing": 1}}}, None),
        ({"free": {"known": "x"}}, "spec.free.known"),
        ({"siez": 3}, "spec.siez"),
        ({"size": 1}, "spec.size"),
        ({"closed": {"x": 1}}, "spec.closed.x"),
        ({"one": {"a": "x"}}, None),
        ({"one": {"a": "x", "b": "y"}}, "spec.one"),
        ({"template": {"apiVersion": "v1", "kind": "Pod", "spec": {}}}, None),
        ({"name": "anything: Go's pattern cannot be read here"}, None),
    ],
)
def test_custom_resources_from_a_live_document(spec: dict[str, Any], path: str | None) -> None:
    live: Any = LIVE
    schemas = SchemaSet.from_openapi([live], complete=True)
    found = schemas.check(widget(**spec))
    assert [problem.path for problem in found] == ([] if path is None else [path])


def test_a_complete_live_set_knows_what_is_not_there() -> None:
    live: Any = LIVE
    schemas = SchemaSet.from_openapi([live, None, {"components": None}], complete=True)
    doc = widget() | {"kind": "Widgte"}
    assert [p.reason for p in schemas.check(doc)] == ["unknown-kind"]
    assert schemas.check("text")[0].reason == "wrong-type"
    assert schemas.check({"kind": "Pod"})[0].path == "apiVersion"
