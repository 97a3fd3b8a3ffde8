"""Objects that the server takes, however odd, never stop the cluster."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.simulator.engine import Engine
from sandbox.simulator.inprocess import Client
from sandbox.simulator.settle import build, settle
from sandbox.simulator.world import App, Exit, NodeSpec, World

START = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST = 2**63 - 1
CORE = "/api/v1/namespaces/default"
APPS = "/apis/apps/v1/namespaces/default"
BATCH = "/apis/batch/v1/namespaces/default"
MERGE = "application/merge-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.fixture
def engine() -> Engine:
    once = App(image="once", exits=Exit(after=1))
    engine = build(World(nodes=[NodeSpec(name="node1")], apps=[once]), START, "odd")
    settle(engine, 60)
    return engine


@pytest.fixture
def api(engine: Engine) -> Client:
    return Client(engine)


def pod(**spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "nginx", **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [container], **spec},
    }


def job(**spec: Any) -> dict[str, Any]:
    template = {"spec": {**pod()["spec"], "restartPolicy": "Never"}}
    meta = {"name": "j"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": meta,
        "spec": {"template": template, **spec},
    }


def workload(kind: str) -> dict[str, Any]:
    labels = {"app": "w"}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "w"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod()["spec"]},
        },
    }


def event(**fields: Any) -> dict[str, Any]:
    meta = {"name": "e"}
    about = {"namespace": "default"}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": meta,
        "involvedObject": about,
        **fields,
    }


def lives_on(engine: Engine, api: Client) -> None:
    """Time passes, and everything can be looked at."""
    settle(engine, 4000)
    for page in ("/metrics", "/metrics/kubelet", "/metrics/cadvisor"):
        assert api.request("GET", page).code == 200
    for row in engine.store.resources():
        if "list" in row.verbs:
            root = "/apis" if row.group else "/api"
            path = f"{root}/{row.api_version}/{row.plural}"
            assert api.request("GET", path, headers={"accept": TABLE}).code == 200


@pytest.mark.parametrize(
    ("path", "obj"),
    [
        (f"{CORE}/pods", pod(container={"resources": {"limits": {"cpu": "1e3000"}}})),
        (f"{BATCH}/jobs", job(activeDeadlineSeconds=LONGEST)),
        (f"{BATCH}/jobs", job(completions=0)),
        (f"{BATCH}/jobs", job(parallelism=0)),
        (f"{BATCH}/jobs", job(parallelism=2)),
        (
            f"{BATCH}/cronjobs",
            {
                "apiVersion": "batch/v1",
                "kind": "CronJob",
                "metadata": {"name": "c"},
                "spec": {
                    "schedule": "0 * * * *",
                    "startingDeadlineSeconds": LONGEST,
                    "jobTemplate": {"spec": job()["spec"]},
                },
            },
        ),
        (f"{CORE}/events", event()),
        (f"{CORE}/events", event(lastTimestamp="0001-01-01T00:00:00Z")),
        (
            "/api/v1/nodes",
            {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {"name": "extra"},
                "status": {"conditions": [{"type": "Ready", "status": "True"}, {}]},
            },
        ),
    ],
)
def test_an_odd_object_does_not_stop_the_cluster(
    engine: Engine, api: Client, path: str, obj: dict[str, Any]
) -> None:
    assert api.request("POST", path, obj).code == 201

    lives_on(engine, api)


def test_a_pod_may_ask_for_an_eternal_farewell(engine: Engine, api: Client) -> None:
    api.request("POST", f"{CORE}/pods", pod(terminationGracePeriodSeconds=LONGEST))
    settle(engine, 30)

    assert api.request("DELETE", f"{CORE}/pods/p").code == 200
    lives_on(engine, api)


def test_a_pod_may_bear_a_taint_for_ever(engine: Engine, api: Client) -> None:
    bears = {"key": "x", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": LONGEST}
    api.request("POST", f"{CORE}/pods", pod(tolerations=[bears]))
    settle(engine, 30)
    taint = {"spec": {"taints": [{"key": "x", "effect": "NoExecute"}]}}
    api.request("PATCH", "/api/v1/nodes/node1", taint, content_type=MERGE)

    lives_on(engine, api)
    assert api.request("GET", f"{CORE}/pods/p").code == 200


def test_a_condition_without_reason_or_time_is_taken(engine: Engine, api: Client) -> None:
    api.request("POST", f"{APPS}/deployments", workload("Deployment"))
    settle(engine, 30)
    status = {"status": {"conditions": [{"type": "Progressing", "status": "Unknown"}, {}]}}

    answer = api.request("PATCH", f"{APPS}/deployments/w/status", status, content_type=MERGE)

    assert answer.code == 200
    assert all(item["lastTransitionTime"] for item in answer.body["status"]["conditions"])
    lives_on(engine, api)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
def test_emptied_status_is_filled_again(kind: str, engine: Engine, api: Client) -> None:
    path = f"{APPS}/{kind.lower()}s"
    api.request("POST", path, workload(kind))
    settle(engine, 30)
    full = api.request("GET", f"{path}/w").body
    whole = {field: value for field, value in full.items() if field != "status"}

    assert api.request("PUT", f"{path}/w/status", whole).code == 200
    (one, *_) = api.request("GET", f"{CORE}/pods").body["items"]
    name = one["metadata"]["name"]
    del one["status"]
    left = api.request("PUT", f"{CORE}/pods/{name}/status", one).body["status"]
    assert left == {"phase": "Running", "qosClass": "BestEffort"}
    for node in api.request("GET", "/api/v1/nodes").body["items"]:
        own = f"/api/v1/nodes/{node['metadata']['name']}/status"
        assert api.request("PUT", own, {**node, "status": None}).code == 200

    lives_on(engine, api)
    assert api.request("GET", f"{path}/w").body["status"]


def test_a_revision_that_is_no_number_counts_as_none(engine: Engine, api: Client) -> None:
    api.request("POST", f"{APPS}/deployments", workload("Deployment"))
    settle(engine, 30)
    name = api.request("GET", f"{APPS}/replicasets").body["items"][0]["metadata"]["name"]
    note = {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "first"}}}
    api.request("PATCH", f"{APPS}/replicasets/{name}", note, content_type=MERGE)

    lives_on(engine, api)


def test_a_statefulset_leaves_pods_alone_that_are_not_named_after_it(
    engine: Engine, api: Client
) -> None:
    made = api.request("POST", f"{APPS}/statefulsets", workload("StatefulSet")).body
    settle(engine, 30)
    owner = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "name": "w",
        "uid": made["metadata"]["uid"],
        "controller": True,
    }
    stray = pod()
    stray["metadata"]["ownerReferences"] = [owner]
    assert api.request("POST", f"{CORE}/pods", stray).code == 201

    lives_on(engine, api)
    assert api.request("GET", f"{APPS}/statefulsets/w").body["status"]["replicas"] == 1


@pytest.mark.parametrize(
    ("spec", "succeeded"),
    [({"completions": 0}, 0), ({"parallelism": 1}, 1)],
    ids=["nothing to do", "work queue"],
)
def test_a_job_without_a_number_of_pods_to_wait_for_completes(
    engine: Engine, api: Client, spec: dict[str, Any], succeeded: int
) -> None:
    made = job(**spec)
    made["spec"]["template"]["spec"]["containers"][0]["image"] = "once"
    api.request("POST", f"{BATCH}/jobs", made)
    settle(engine, 120)

    status = api.request("GET", f"{BATCH}/jobs/j").body["status"]

    assert "Complete" in [item["type"] for item in status["conditions"]]
    assert status.get("succeeded", 0) == succeeded
