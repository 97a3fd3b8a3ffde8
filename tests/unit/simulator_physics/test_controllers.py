"""Controllers: rollouts, DaemonSets, Jobs, quotas, endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.intake import apply
from sandbox.simulator.steps import perform
from tests.unit.simulator_physics.labs import (
    NS,
    container,
    get,
    lab,
    messages,
    obj,
    pod,
    pods,
    reasons,
    template,
    workload,
)


def test_a_rollout_keeps_the_old_pods_until_the_new_ones_are_ready() -> None:
    engine = lab(None, workload("Deployment", replicas=4))
    engine.advance(20)
    seen = []
    perform(engine, "set image deploy/app app=acme/app:2", NS)
    for _ in range(100):
        engine.advance(0.1)
        seen.append(sum(p["status"]["phase"] == "Running" for p in pods(engine)))
    assert min(seen) >= 3
    assert {p["spec"]["containers"][0]["image"] for p in pods(engine)} == {"acme/app:2"}
    assert reasons(get(engine, "apps/deployments"))["Progressing"][1] == "NewReplicaSetAvailable"
    assert len(engine.store.list("apps/replicasets", NS)) == 2


def test_a_rollout_that_cannot_finish_exceeds_its_deadline() -> None:
    world = {"registry": [{"image": "acme/app:bad", "pull": "not-found"}]}
    engine = lab(world, workload("Deployment", replicas=2, progressDeadlineSeconds=120))
    engine.advance(10)
    perform(engine, "set image deploy/app app=acme/app:bad", NS)
    engine.advance(60)
    found = get(engine, "apps/deployments")
    assert reasons(found)["Progressing"] == ("True", "ReplicaSetUpdated")
    assert found["status"]["availableReplicas"] == 2
    engine.advance(90)
    assert reasons(get(engine, "apps/deployments"))["Progressing"] == (
        "False",
        "ProgressDeadlineExceeded",
    )


def test_rolling_back_gives_the_old_set_a_new_revision() -> None:
    engine = lab(None, workload("Deployment"))
    engine.advance(10)
    perform(engine, "set image deploy/app app=acme/app:2", NS)
    engine.advance(10)
    perform(engine, "set image deploy/app app=acme/app:1", NS)
    engine.advance(10)
    notes = get(engine, "apps/deployments")["metadata"]["annotations"]
    assert notes["deployment.kubernetes.io/revision"] == "3"
    assert len(engine.store.list("apps/replicasets", NS)) == 2


def test_a_paused_deployment_creates_nothing() -> None:
    engine = lab(None, workload("Deployment", paused=True))
    engine.advance(30)
    assert not pods(engine)
    assert reasons(get(engine, "apps/deployments"))["Progressing"][1] == "DeploymentPaused"


def test_recreate_stops_the_old_pods_first() -> None:
    engine = lab(None, workload("Deployment", replicas=2, strategy={"type": "Recreate"}))
    engine.advance(10)
    perform(engine, "set image deploy/app app=acme/app:2", NS)
    engine.advance(10)
    assert {p["spec"]["containers"][0]["image"] for p in pods(engine)} == {"acme/app:2"}
    assert "Scaled down" in messages(engine, "ScalingReplicaSet")[-2]


def quota(**hard: str) -> dict[str, Any]:
    limits = {name.replace("_", "."): value for name, value in hard.items()}
    return obj("ResourceQuota", "compute", spec={"hard": limits})


def test_a_quota_refuses_in_the_servers_words_and_counts_what_runs() -> None:
    resources = {"requests": {"memory": "100Mi"}}
    deployment = workload("Deployment", replicas=3, pods=template(container(resources=resources)))
    engine = lab(None, quota(requests_memory="256Mi", pods="5"), deployment)
    engine.advance(60)
    assert len(pods(engine)) == 2
    why = "exceeded quota: compute, requested: requests.memory=100Mi, used: requests.memory=200Mi"
    texts = messages(engine, "FailedCreate")
    assert len(texts) == 10
    assert all(f"is forbidden: {why}, limited: requests.memory=256Mi" in text for text in texts)
    assert sum(text.startswith("(combined from similar events): ") for text in texts) == 1
    used = get(engine, "resourcequotas", "compute")["status"]["used"]
    assert used == {"requests.memory": "200Mi", "pods": "2"}
    assert reasons(get(engine, "apps/deployments"))["ReplicaFailure"] == ("True", "FailedCreate")
    stored = get(engine, "resourcequotas", "compute")
    engine.store.put({**stored, "spec": {"hard": {"requests.memory": "1Gi"}}})
    engine.advance(120)
    assert len(pods(engine)) == 3
    assert "ReplicaFailure" not in reasons(get(engine, "apps/deployments"))


def test_a_quota_asks_for_requests_that_are_not_there() -> None:
    engine = lab(None, quota(limits_cpu="1"), workload("Deployment"))
    engine.advance(1)
    assert (
        "failed quota: compute: must specify limits.cpu for: app"
        in messages(engine, "FailedCreate")[0]
    )


def test_a_limit_range_fills_defaults_and_forbids_excess() -> None:
    item = {"type": "Container", "default": {"memory": "64Mi"}, "max": {"memory": "128Mi"}}
    engine = lab(None, obj("LimitRange", "l", spec={"limits": [item]}), workload("Deployment"))
    engine.advance(5)
    resources = pod(engine)["spec"]["containers"][0]["resources"]
    assert resources == {"limits": {"memory": "64Mi"}, "requests": {"memory": "64Mi"}}
    big = template(container(resources={"limits": {"memory": "1Gi"}}))
    engine = lab(
        None, obj("LimitRange", "l", spec={"limits": [item]}), workload("Deployment", pods=big)
    )
    engine.advance(5)
    assert (
        "maximum memory usage per Container is 128Mi, but limit is 1Gi"
        in messages(engine, "FailedCreate")[0]
    )


def test_a_missing_service_account_is_named() -> None:
    engine = lab(None, workload("Deployment", pods=template(serviceAccountName="robot")))
    engine.advance(5)
    text = f'error looking up service account {NS}/robot: serviceaccount "robot" not found'
    assert messages(engine, "FailedCreate")[0].endswith(text)


def job(limit: int, **spec: Any) -> dict[str, Any]:
    pods_ = {"spec": {"restartPolicy": "Never", "containers": [container()], **spec}}
    return obj("Job", "app", "batch/v1", spec={"backoffLimit": limit, "template": pods_})


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_job_fails_after_its_back_off_limit(limit: int) -> None:
    world = {"apps": [{"image": "acme/app:1", "exits": {"code": 2, "log": ["boom"]}}]}
    engine = lab(world, job(limit))
    engine.advance(120)
    found = get(engine, "batch/jobs")
    assert found["status"]["failed"] == limit + 1
    assert reasons(found)["Failed"] == ("True", "BackoffLimitExceeded")
    assert messages(engine, "BackoffLimitExceeded") == [
        "Job has reached the specified backoff limit"
    ]
    assert {p["status"]["phase"] for p in pods(engine)} == {"Failed"}


def test_a_job_completes_and_a_deadline_ends_one() -> None:
    world = {"apps": [{"image": "acme/app:1", "exits": {"after": 5}}]}
    engine = lab(world, job(1))
    engine.advance(30)
    found = get(engine, "batch/jobs")
    assert found["status"]["succeeded"] == 1
    assert reasons(found)["Complete"][0] == "True"
    assert "completionTime" in found["status"]
    endless = job(1)
    endless["spec"]["activeDeadlineSeconds"] = 20
    engine = lab(None, endless)
    engine.advance(30)
    assert reasons(get(engine, "batch/jobs"))["Failed"] == ("True", "DeadlineExceeded")


def test_daemon_pods_run_on_every_node_they_tolerate() -> None:
    taint = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
    nodes = [{"name": "a"}, {"name": "b"}, {"name": "c", "taints": [taint]}]
    engine = lab({"nodes": nodes}, workload("DaemonSet"))
    engine.advance(10)
    assert sorted(p["spec"]["nodeName"] for p in pods(engine)) == ["a", "b"]
    status = get(engine, "apps/daemonsets")["status"]
    assert (status["numberReady"], status["desiredNumberScheduled"]) == (2, 2)


def test_endpoints_follow_selector_readiness_and_named_ports() -> None:
    ports = [{"name": "http", "containerPort": 8080}]
    service = obj(
        "Service",
        "web",
        spec={"selector": {"app": "app"}, "ports": [{"port": 80, "targetPort": "http"}]},
    )
    engine = lab(None, service, workload("Deployment", pods=template(container(ports=ports))))
    engine.advance(10)
    (found,) = engine.store.list("discovery.k8s.io/endpointslices", NS)
    assert found["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
    assert found["endpoints"][0]["conditions"]["ready"] is True
    assert get(engine, "endpoints", "web")["subsets"][0]["ports"] == [
        {"port": 8080, "protocol": "TCP"}
    ]
    stored = get(engine, "services", "web")
    engine.store.put({**stored, "spec": {**stored["spec"], "selector": {"app": "ap"}}})
    engine.advance(2)
    (found,) = engine.store.list("discovery.k8s.io/endpointslices", NS)
    assert (found["endpoints"], found["ports"]) == (None, None)


def test_applying_keeps_what_kubectl_would_and_a_pod_can_be_refused() -> None:
    from tools.errors import UsageError

    engine = lab(None, obj("ConfigMap", "c", data={"x": "<&>"}))
    notes = get(engine, "configmaps", "c")["metadata"]["annotations"]
    assert notes["kubectl.kubernetes.io/last-applied-configuration"] == (
        '{"apiVersion":"v1","data":{"x":"\\u003c\\u0026\\u003e"},"kind":"ConfigMap",'
        f'"metadata":{{"annotations":{{}},"name":"c","namespace":"{NS}"}}}}\n'
    )
    bare = obj("Pod", "p", spec={"serviceAccountName": "robot", "containers": [container()]})
    with pytest.raises(UsageError, match="refuses a manifest"):
        apply(engine, bare, NS)
