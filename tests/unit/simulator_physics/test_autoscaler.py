"""Usage figures and the HorizontalPodAutoscaler."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.engine import Engine
from sandbox.simulator.usage import node_usage, pod_usage, throttling
from tests.unit.simulator_physics.labs import (
    NS,
    container,
    lab,
    messages,
    obj,
    pod,
    pods,
    template,
    workload,
)

SMALL = {"requests": {"cpu": "100m", "memory": "64Mi"}}


def deployment(resources: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return workload("Deployment", pods=template(container(resources=resources or SMALL)), **spec)


def hpa(name: str = "app", target: str = "app", **spec: Any) -> dict[str, Any]:
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}
    body: dict[str, Any] = {"scaleTargetRef": ref, "minReplicas": 1, "maxReplicas": 5}
    goal = {"type": "Utilization", "averageUtilization": 50}
    body["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": goal}}]
    return obj("HorizontalPodAutoscaler", name, "autoscaling/v2", spec={**body, **spec})


def world(**app: Any) -> dict[str, Any]:
    return {"metrics_server": True, "apps": [{"image": "acme/app:1", **app}]}


def status(engine: Engine, name: str = "app") -> dict[str, Any]:
    found = engine.store.get("autoscaling/horizontalpodautoscalers", NS, name)
    assert found is not None
    shown: dict[str, Any] = found["status"]
    return shown


def conditions(engine: Engine) -> dict[str, tuple[str, str, str]]:
    return {
        item["type"]: (item["status"], item["reason"], item["message"])
        for item in status(engine)["conditions"]
    }


def replicas(engine: Engine) -> int:
    found = engine.store.get("apps/deployments", NS, "app")
    assert found is not None
    return int(found["spec"]["replicas"])


def test_it_scales_up_until_the_load_is_shared() -> None:
    engine = lab(world(load="200m", cpu="5m"), deployment(), hpa())
    engine.advance(300)
    assert replicas(engine) == 5
    assert messages(engine, "SuccessfulRescale")[0] == (
        "New size: 4; reason: cpu resource utilization (percentage of request) above target"
    )
    found = conditions(engine)
    assert found["AbleToScale"][:2] == ("True", "ReadyForNewScale")
    assert found["ScalingActive"][:2] == ("True", "ValidMetricFound")
    current = status(engine)["currentMetrics"][0]["resource"]["current"]
    assert 40 <= current["averageUtilization"] <= 50


def test_it_stops_at_the_maximum_and_says_so() -> None:
    engine = lab(world(cpu="300m"), deployment(), hpa(maxReplicas=2))
    engine.advance(300)
    assert replicas(engine) == 2
    assert conditions(engine)["ScalingLimited"] == (
        "True",
        "TooManyReplicas",
        "the desired replica count is more than the maximum replica count",
    )


def test_it_scales_down_only_after_the_window() -> None:
    engine = lab(world(cpu="1m"), deployment(replicas=4), hpa(minReplicas=2))
    engine.advance(240)
    assert replicas(engine) == 4
    assert conditions(engine)["AbleToScale"][1] == "ScaleDownStabilized"
    engine.advance(200)
    assert replicas(engine) == 2
    assert messages(engine, "SuccessfulRescale") == [
        "New size: 2; reason: All metrics below target"
    ]
    engine.advance(60)
    assert conditions(engine)["ScalingLimited"][:2] == ("True", "TooFewReplicas")


def test_without_a_metrics_server() -> None:
    engine = lab(None, deployment(), hpa())
    engine.advance(60)
    error = (
        "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch "
        "metrics from resource metrics API: the server could not find the requested resource "
        "(get pods.metrics.k8s.io)"
    )
    assert conditions(engine)["ScalingActive"] == (
        "False",
        "FailedGetResourceMetric",
        f"the HPA was unable to compute the replica count: {error}",
    )
    assert messages(engine, "FailedGetResourceMetric") == [error]
    assert messages(engine, "FailedComputeMetricsReplicas") == [
        "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric "
        f"value: {error}"
    ]


def test_without_requests() -> None:
    engine = lab(world(), deployment({"limits": {"memory": "64Mi"}}), hpa())
    engine.advance(60)
    text = conditions(engine)["ScalingActive"][2]
    name = pod(engine)["metadata"]["name"]
    assert text.endswith(
        f"failed to get cpu utilization: missing request for cpu in container app of Pod {name}"
    )


def test_a_target_that_does_not_exist() -> None:
    engine = lab(world(), hpa(target="gone"))
    engine.advance(60)
    assert conditions(engine)["AbleToScale"] == (
        "False",
        "FailedGetScale",
        "the HPA controller was unable to get the target's current scale: "
        'deployments/scale.apps "gone" not found',
    )
    assert messages(engine, "FailedGetScale") == ['deployments/scale.apps "gone" not found']


def test_zero_replicas_turn_it_off_and_two_autoscalers_block_each_other() -> None:
    engine = lab(world(), deployment(replicas=0), hpa())
    engine.advance(60)
    assert conditions(engine)["ScalingActive"][:2] == ("False", "ScalingDisabled")
    engine = lab(world(), deployment(), hpa(), hpa("other"))
    engine.advance(60)
    assert conditions(engine)["ScalingActive"][:2] == ("False", "AmbiguousSelector")


def test_memory_by_average_value() -> None:
    goal = {"type": "AverageValue", "averageValue": "50Mi"}
    metric = {"type": "Resource", "resource": {"name": "memory", "target": goal}}
    engine = lab(world(memory="90Mi"), deployment(), hpa(metrics=[metric]))
    engine.advance(120)
    assert replicas(engine) > 1
    assert "memory resource above target" in messages(engine, "SuccessfulRescale")[0]


def test_a_fixed_autoscaler_recovers_after_a_long_time() -> None:
    engine = lab(world(cpu="80m"), deployment({"limits": {"memory": "64Mi"}}), hpa())
    engine.advance(7200)
    found = engine.store.get("apps/deployments", NS, "app")
    assert found is not None
    spec = {**found["spec"], "template": deployment()["spec"]["template"]}
    engine.store.put({**found, "spec": spec})
    engine.advance(120)
    assert conditions(engine)["ScalingActive"][:2] == ("True", "ValidMetricFound")
    assert replicas(engine) > 1


def test_usage_grows_to_the_peak_and_stays_below_the_limits() -> None:
    limits = {"limits": {"memory": "100Mi", "cpu": "50m"}}
    app = world(memory="20Mi", memory_peak="80Mi", peak_after=100, cpu="500m")
    engine = lab(app, workload("Deployment", pods=template(container(resources=limits))))
    engine.advance(11)
    early = pod_usage(engine, pod(engine))["app"]
    assert pod_usage(engine, pod(engine))["app"] == early
    engine.advance(200)
    late = pod_usage(engine, pod(engine))["app"]
    mega = 1024**2
    assert 20 * mega < early.memory < 35 * mega
    assert 75 * mega < late.memory <= 100 * mega
    assert 45 <= late.cpu <= 50
    counts = throttling(engine, pod(engine))["app"]
    assert counts.throttled / counts.periods > 0.9
    total = node_usage(engine, pod(engine)["spec"]["nodeName"])
    assert total.memory > late.memory
    assert total.cpu > late.cpu


def test_a_leak_kills_sooner_or_later() -> None:
    def kills(limit: str) -> int:
        app = world(memory="20Mi", leak="10Mi")
        resources = {"limits": {"memory": limit}}
        engine = lab(app, workload("Deployment", pods=template(container(resources=resources))))
        engine.advance(1800)
        return int(pod(engine)["status"]["containerStatuses"][0]["restartCount"])

    assert kills("60Mi") > kills("120Mi") > kills("1Gi") == 0


@pytest.mark.parametrize(("limit", "ready"), [("100m", False), ("2", True)])
def test_a_starved_start_misses_its_liveness_probe(limit: str, ready: bool) -> None:
    app = world(startup=10, cpu_startup="1", listens=[8080])
    probe = {"httpGet": {"path": "/", "port": 8080}, "initialDelaySeconds": 20}
    one = container(
        resources={"limits": {"cpu": limit}},
        ports=[{"containerPort": 8080}],
        livenessProbe=probe,
        readinessProbe={"httpGet": {"path": "/", "port": 8080}},
    )
    engine = lab(app, workload("Deployment", pods=template(one)))
    engine.advance(100)
    found = pod(engine)["status"]["containerStatuses"][0]
    assert found["ready"] is ready
    assert (found["restartCount"] > 0) is not ready


def test_a_throttled_program_answers_too_late() -> None:
    app = world(cpu="1", response=0.2)
    one = container(
        resources={"limits": {"cpu": "100m"}},
        ports=[{"containerPort": 8080}],
        readinessProbe={"httpGet": {"path": "/ok", "port": 8080}},
    )
    engine = lab(app, workload("Deployment", pods=template(one)))
    engine.advance(100)
    assert not pod(engine)["status"]["containerStatuses"][0]["ready"]
    (text,) = messages(engine, "Unhealthy")
    assert text.endswith(
        '/ok": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
    )
    assert len(pods(engine)) == 1


def test_a_cluster_without_kubelets_is_read_from_its_statuses() -> None:
    from sandbox.simulator.engine import still

    engine = lab(None, deployment())
    engine.advance(60)
    assert set(pod_usage(still(engine.store), pod(engine))) == {"app"}


def test_a_metrics_server_without_pods_gives_no_figures() -> None:
    labels = {"k8s-app": "metrics-server"}
    server = workload("Deployment", "metrics-server", replicas=1)
    server["metadata"] = {"name": "metrics-server", "namespace": "kube-system"}
    server["spec"]["selector"] = {"matchLabels": labels}
    server["spec"]["template"]["metadata"] = {"labels": labels}
    service = obj("Service", "metrics-server", spec={"selector": labels, "ports": [{"port": 443}]})
    service["metadata"]["namespace"] = "kube-system"
    engine = lab(world(load="60m", cpu="1m"), server, service, deployment(), hpa())
    engine.advance(120)
    assert conditions(engine)["ScalingActive"][0] == "True"
    found = engine.store.get("apps/deployments", "kube-system", "metrics-server")
    assert found is not None
    engine.store.put({**found, "spec": {**found["spec"], "replicas": 0}})
    engine.advance(120)
    assert conditions(engine)["ScalingActive"] == (
        "False",
        "FailedGetResourceMetric",
        "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to "
        "get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server "
        "is currently unable to handle the request (get pods.metrics.k8s.io)",
    )
