"""The official Python client changes a cluster whose time passes: patches, deletions, custom kinds."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from tests.kubectl_session import until
from tests.python_client import NS, client, deployment, expected
from tests.simulated_api import crd

pytestmark = pytest.mark.integration
dynamic: Any = importlib.import_module("kubernetes.dynamic")
dynamic_errors: Any = importlib.import_module("kubernetes.dynamic.exceptions")

APPLY = "application/apply-patch+yaml"


def test_create_wait_and_patch_in_every_way(api: Any) -> None:
    apps, core = client.AppsV1Api(api), client.CoreV1Api(api)
    made = apps.create_namespaced_deployment(NS, deployment("web", 2))
    assert made.metadata.generation == 1
    until(lambda: apps.read_namespaced_deployment_status("web", NS).status.ready_replicas == 2)
    strategic = {
        "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "nginx:2"}]}}}
    }
    done = apps.patch_namespaced_deployment("web", NS, strategic)
    assert [one.image for one in done.spec.template.spec.containers] == ["nginx:2"]
    merge = {"metadata": {"labels": {"a": "b", "c": None}}}
    done = apps.patch_namespaced_deployment(
        "web", NS, merge, _content_type="application/merge-patch+json"
    )
    assert done.metadata.labels == {"a": "b"}
    operations = [{"op": "replace", "path": "/spec/replicas", "value": 1}]
    assert apps.patch_namespaced_deployment("web", NS, operations).spec.replicas == 1
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "applied"},
        "data": {"a": "b"},
    }
    for force in (False, True):
        core.patch_namespaced_config_map(
            "applied", NS, config_map, field_manager="test", force=force, _content_type=APPLY
        )
    with pytest.raises(client.ApiException) as error:
        core.patch_namespaced_config_map(
            "applied",
            NS,
            {**config_map, "data": {"a": "c"}},
            field_manager="other",
            _content_type=APPLY,
        )
    assert error.value.status == 409
    assert json.loads(error.value.body)["details"]["causes"][0]["field"] == ".data.a"
    scale = apps.read_namespaced_deployment_scale("web", NS)
    scale.spec.replicas = 3
    assert apps.replace_namespaced_deployment_scale("web", NS, scale).spec.replicas == 3
    until(lambda: apps.read_namespaced_deployment("web", NS).status.available_replicas == 3)
    with pytest.raises(client.ApiException) as error:
        apps.create_namespaced_deployment(NS, deployment("Bad_Name"))
    assert (error.value.status, json.loads(error.value.body)["reason"]) == (422, "Invalid")
    core.create_namespaced_pod(
        NS,
        client.V1Pod(
            metadata=client.V1ObjectMeta(generate_name="p-"),
            spec=client.V1PodSpec(containers=[client.V1Container(name="c", image="nginx:1")]),
        ),
        dry_run="All",
    )
    assert not [pod for pod in core.list_namespaced_pod(NS).items if pod.metadata.name[:2] == "p-"]


def test_deletes_with_each_propagation(api: Any) -> None:
    apps, core = client.AppsV1Api(api), client.CoreV1Api(api)

    def pods(name: str) -> list[Any]:
        found: list[Any] = core.list_namespaced_pod(NS, label_selector=f"app={name}").items
        return found

    for policy in ("Foreground", "Background", "Orphan"):
        name = policy.lower()
        apps.create_namespaced_deployment(NS, deployment(name, 2))
        until(lambda name=name: len(pods(name)) == 2)  # type: ignore[misc]  # bound early
        apps.delete_namespaced_deployment(name, NS, propagation_policy=policy)
        until(lambda name=name: not exists(apps, name))  # type: ignore[misc]
    until(lambda: not pods("foreground") and not pods("background"))
    assert len(pods("orphan")) == 2
    (replica_set,) = apps.list_namespaced_replica_set(NS, label_selector="app=orphan").items
    assert not replica_set.metadata.owner_references
    apps.delete_collection_namespaced_replica_set(NS, label_selector="app=orphan")
    until(lambda: not pods("orphan"))
    core.create_namespaced_config_map(NS, {"metadata": {"name": "a"}})
    wrong = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="other"))
    with pytest.raises(client.ApiException) as error:
        core.delete_namespaced_config_map("a", NS, body=wrong)
    assert error.value.status == 409
    core.delete_namespaced_config_map("a", NS)


def exists(apps: Any, name: str) -> bool:
    try:
        apps.read_namespaced_deployment(name, NS)
    except client.ApiException as error:
        expected(error, 404)
        return False
    return True


def test_the_dynamic_client_and_a_custom_kind(api: Any) -> None:
    client.ApiextensionsV1Api(api).create_custom_resource_definition(crd_with_schema())
    found = dynamic.DynamicClient(api)
    widgets = found.resources.get(api_version="foo.dev/v1", kind="Widget")
    body = {"apiVersion": "foo.dev/v1", "kind": "Widget", "metadata": {"name": "w"}}
    assert widgets.create(body={**body, "spec": {"size": 1}}).spec.size == 1
    patch = {"spec": {"size": 2}}
    done = widgets.patch(name="w", body=patch, content_type="application/merge-patch+json")
    assert done.metadata.generation == 2
    done = widgets.server_side_apply(
        name="w", body={**body, "spec": {"size": 3}}, field_manager="me", force_conflicts=True
    )
    assert done.spec.size == 3
    with pytest.raises(dynamic_errors.UnprocessibleEntityError):
        widgets.patch(
            name="w", body={"spec": {"size": "x"}}, content_type="application/merge-patch+json"
        )
    with pytest.raises(dynamic_errors.ConflictError):
        widgets.create(body=body)
    assert [item.metadata.name for item in widgets.get().items] == ["w"]
    seen = widgets.watch(resource_version="0", timeout=1)
    assert [event["type"] for event in seen] == ["ADDED"]
    widgets.delete(name="w", body={"propagationPolicy": "Background"})
    with pytest.raises(dynamic_errors.NotFoundError):
        widgets.get(name="w")


def crd_with_schema() -> dict[str, Any]:
    definition = crd()
    size = {"type": "object", "properties": {"size": {"type": "integer"}}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": size}}}
    definition["spec"]["versions"][0] |= {"storage": True, "schema": schema}
    return definition
