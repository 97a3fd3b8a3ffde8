"""The official Python client changes a cluster whose time passes: patches, watches, leases, custom kinds."""

from __future__ import annotations

import importlib
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.server import ApiServer
from tests.kubectl_session import serving, until
from tests.simulated_api import crd

pytestmark = pytest.mark.integration
# The client's types say that every field may be missing; Any keeps the tests readable.
client: Any = importlib.import_module("kubernetes.client")
config: Any = importlib.import_module("kubernetes.config")
dynamic: Any = importlib.import_module("kubernetes.dynamic")
dynamic_errors: Any = importlib.import_module("kubernetes.dynamic.exceptions")
watch: Any = importlib.import_module("kubernetes.watch")

NS = "default"
APPLY = "application/apply-patch+yaml"


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as server:
        yield server


@pytest.fixture
def api(server: ApiServer, tmp_path: Path) -> Iterator[Any]:
    with connected(server, tmp_path) as api:
        yield api


def connected(server: ApiServer, folder: Path) -> Any:
    path = folder / "config"
    path.write_text(server.kubeconfig_text(NS), encoding="utf-8")
    return config.new_client_from_config(str(path))


def expected(error: Any, code: int) -> None:
    """Only this failure is part of the plan."""
    if error.status != code:
        raise error


def deployment(name: str, replicas: int = 1, image: str = "nginx:1") -> Any:
    labels = {"app": name}
    container = client.V1Container(name="c", image=image)
    return client.V1Deployment(
        metadata=client.V1ObjectMeta(name=name),
        spec=client.V1DeploymentSpec(
            replicas=replicas,
            selector=client.V1LabelSelector(match_labels=labels),
            template=client.V1PodTemplateSpec(
                metadata=client.V1ObjectMeta(labels=labels),
                spec=client.V1PodSpec(containers=[container]),
            ),
        ),
    )


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


class Informer(threading.Thread):
    """List, then watch from there, for as long as it is wanted: what controllers do."""

    def __init__(self, api: Any) -> None:
        super().__init__(daemon=True)
        self._core = client.CoreV1Api(api)
        self.seen: dict[str, str] = {}
        """Name -> phase, as told."""
        self.lists = 0
        self.wanted = True

    def run(self) -> None:
        while self.wanted:
            listed = self._core.list_namespaced_pod(NS, limit=2)
            found = list(listed.items)
            while listed.metadata._continue:
                listed = self._core.list_namespaced_pod(
                    NS, limit=2, _continue=listed.metadata._continue
                )
                found += listed.items
            self.seen = {pod.metadata.name: pod.status.phase for pod in found}
            self.lists += 1
            self._watch(listed.metadata.resource_version)

    def _watch(self, version: str) -> None:
        while self.wanted:
            watching = watch.Watch()
            stream = watching.stream(
                self._core.list_namespaced_pod,
                NS,
                resource_version=version,
                timeout_seconds=1,
                allow_watch_bookmarks=True,
            )
            try:
                for event in stream:
                    if event["type"] != "BOOKMARK":
                        pod = event["object"]
                        self.seen[pod.metadata.name] = pod.status.phase
                        if event["type"] == "DELETED":
                            del self.seen[pod.metadata.name]
            except client.ApiException as error:
                expected(error, 410)
                return
            version = watching.resource_version or version


def test_an_informer_knows_what_is_there(api: Any, server: ApiServer, tmp_path: Path) -> None:
    apps, core = client.AppsV1Api(api), client.CoreV1Api(api)
    (tmp_path / "informer").mkdir()
    with connected(server, tmp_path / "informer") as second:
        informer = Informer(second)
        informer.start()
        apps.create_namespaced_deployment(NS, deployment("seen", 5))
        until(lambda: list(informer.seen.values()).count("Running") == 5)
        for replicas in (2, 6, 1):
            apps.patch_namespaced_deployment_scale("seen", NS, {"spec": {"replicas": replicas}})
            until(lambda replicas=replicas: len(informer.seen) == replicas, 20)  # type: ignore[misc]
        core.delete_namespaced_pod(next(iter(informer.seen)), NS)
        until(lambda: informer.seen == phases(core), 20)
        until(lambda: list(phases(core).values()) == ["Running"], 20)
        until(lambda: informer.seen == phases(core), 20)
        informer.wanted = False
        informer.join(10)
        assert not informer.is_alive()
        assert informer.lists == 1  # no watch broke, none was too old


def phases(core: Any) -> dict[str, str]:
    return {pod.metadata.name: pod.status.phase for pod in core.list_namespaced_pod(NS).items}


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


def test_one_leader_at_a_time(server: ApiServer, tmp_path: Path) -> None:
    """Candidates renew one Lease with optimistic locking; nobody writes over another."""
    terms: list[str] = []
    holding: list[str] = []
    failures: list[BaseException] = []

    def stand(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        try:
            with connected(server, folder) as api:
                campaign(client.CoordinationV1Api(api), name)
        except BaseException as error:  # a thread's failure must fail the test
            failures.append(error)
            raise

    def campaign(leases: Any, name: str) -> None:
        while len(terms) < 12:
            lease = lease_of(leases, name)
            if lease.spec.holder_identity:
                time.sleep(0.002)
                continue
            lease.spec.holder_identity = name
            lease.spec.renew_time = datetime.now(UTC)
            if not replaced(leases, lease):
                continue
            holding.append(name)
            assert holding == [name]
            terms.append(name)
            holding.remove(name)
            mine = leases.read_namespaced_lease("lock", NS)
            assert mine.spec.holder_identity == name
            mine.spec.holder_identity = ""
            mine.spec.lease_transitions = (mine.spec.lease_transitions or 0) + 1
            assert replaced(leases, mine)

    threads = [threading.Thread(target=stand, args=(f"c{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    with connected(server, tmp_path) as api:
        lease = client.CoordinationV1Api(api).read_namespaced_lease("lock", NS)
    assert lease.spec.lease_transitions == len(terms)


def lease_of(leases: Any, name: str) -> Any:
    """The lock, made by whoever comes first."""
    try:
        return leases.read_namespaced_lease("lock", NS)
    except client.ApiException as error:
        expected(error, 404)
    meta = client.V1ObjectMeta(name="lock")
    spec = client.V1LeaseSpec(lease_duration_seconds=15)
    try:
        leases.create_namespaced_lease(NS, client.V1Lease(metadata=meta, spec=spec))
    except client.ApiException as error:
        expected(error, 409)
    return leases.read_namespaced_lease("lock", NS)


def replaced(leases: Any, lease: Any) -> bool:
    """Whether nobody else had written in between."""
    try:
        leases.replace_namespaced_lease("lock", NS, lease)
    except client.ApiException as error:
        expected(error, 409)
        return False
    return True
