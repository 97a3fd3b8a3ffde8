"""Kinds that the recordings do not hold: CronJobs, nodes, managers, slices and any other."""
# ruff: noqa: E501 - objects are easier to read as one line each

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.distil.distilled import facts_of, thing, values

DELETED = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "cart"}}, ("Helm", "cart")),
        ({"annotations": {"meta.helm.sh/release-name": "cart", "meta.helm.sh/release-namespace": "shop"}}, ("Helm", "shop/cart")),
        ({"labels": {"argocd.argoproj.io/instance": "shop-app"}}, ("Argo CD", "shop-app")),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shop-app:apps/Deployment:shop/cart", "meta.helm.sh/release-name": "cart"}}, ("Argo CD", "shop-app")),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}, ("Flux", "Kustomization flux-system/apps")),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "cart"}, "annotations": {"meta.helm.sh/release-name": "cart"}}, ("Flux", "HelmRelease cart")),
        ({"ownerReferences": [{"apiVersion": "acid.zalan.do/v1", "kind": "postgresql", "name": "db", "controller": True}]}, ("operator", "postgresql/db")),
        ({"ownerReferences": [{"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Machine", "name": "m", "controller": True}]}, ("operator", "Machine/m")),
        ({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "d", "controller": True}]}, None),
        ({"ownerReferences": [{"apiVersion": "discovery.k8s.io/v1", "kind": "X", "name": "d", "controller": True}]}, None),
        ({"ownerReferences": [{"apiVersion": "acme.io/v1", "kind": "X", "name": "d"}]}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_managed_by(metadata: dict[str, Any], expected: tuple[str, str] | None) -> None:
    found = values(facts_of(thing("StatefulSet", "cart", metadata=metadata)), "object.managed_by")
    if expected is None:
        assert found == {}
    else:
        tool, source = expected
        assert found == {"StatefulSet/shop/cart": {"tool": tool, "source": source}}


def test_daemonset_counts_nodes() -> None:
    raw = thing(
        "DaemonSet",
        "agent",
        metadata={"generation": 3},
        status={"desiredNumberScheduled": 5, "currentNumberScheduled": 4, "numberReady": 3, "observedGeneration": 2},
    )  # fmt: skip
    one = {fact.name: fact.value for fact in facts_of(raw)}
    assert (one["workload.desired"], one["workload.current"], one["workload.ready"]) == (5, 4, 3)
    assert (one["workload.available"], one["workload.updated"]) == (0, 0)
    assert one["workload.observed"] is False


def test_only_a_replicaset_of_nobody_states_its_containers() -> None:
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d", "controller": True}
    owned = thing(
        "ReplicaSet", "owned", spec={"template": template}, metadata={"ownerReferences": [owner]}
    )
    alone = thing("ReplicaSet", "alone", spec={"template": template, "replicas": 0})
    facts = facts_of(owned, alone)
    assert list(values(facts, "spec.image")) == ["ReplicaSet/shop/alone[c]"]
    assert set(values(facts, "workload.template")) == {
        "ReplicaSet/shop/owned",
        "ReplicaSet/shop/alone",
    }
    assert values(facts, "workload.desired") == {"ReplicaSet/shop/owned": 1, "ReplicaSet/shop/alone": 0}  # fmt: skip


def test_cronjob_and_its_template() -> None:
    raw = thing(
        "CronJob",
        "report",
        spec={
            "schedule": "*/5 * * * *",
            "suspend": True,
            "concurrencyPolicy": "Forbid",
            "jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i:1"}]}}}},
        },
        status={"lastScheduleTime": "2026-01-01T00:00:00Z", "active": [{"name": "x"}]},
    )  # fmt: skip
    one = {fact.name: fact.value for fact in facts_of(raw)}
    assert one["cronjob.schedule"] == "*/5 * * * *"
    assert (one["cronjob.suspended"], one["cronjob.active"]) == (True, 1)
    assert one["cronjob.last_scheduled"] == "2026-01-01T00:00:00Z"
    assert "cronjob.last_success" not in one
    assert (one["cronjob.concurrency"], one["spec.image"]) == ("Forbid", "i:1")


def test_job_that_is_about_to_fail() -> None:
    target = {
        "type": "FailureTarget",
        "status": "True",
        "reason": "DeadlineExceeded",
        "message": "m",
    }
    raw = thing("Job", "j", spec={"activeDeadlineSeconds": 60}, status={"conditions": [target]})
    one = {fact.name: fact.value for fact in facts_of(raw)}
    assert one["job.failure"] == {"reason": "DeadlineExceeded", "message": "m"}
    assert (one["job.deadline"], one["job.suspended"], one["job.active"]) == (60, False, 0)


def test_node() -> None:
    raw = {
        "kind": "Node",
        "metadata": {"name": "n1"},
        "spec": {
            "unschedulable": True,
            "taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}, {"key": "c", "effect": "NoExecute"}],
        },
        "status": {
            "allocatable": {"cpu": "3920m", "memory": "15Gi"},
            "conditions": [
                {"type": "DiskPressure", "status": "True"},
                {"type": "MemoryPressure", "status": "False"},
                {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."},
            ],
        },
    }  # fmt: skip
    facts = facts_of(raw, resource="nodes")
    assert {str(fact.subject) for fact in facts} == {"Node/n1", "Node/*"}
    one = {fact.name: fact.value for fact in facts}
    assert one["node.ready"] is False
    assert one["node.ready_message"] == "NodeStatusUnknown: Kubelet stopped posting node status."
    assert (one["node.cordoned"], one["node.taints"]) == (True, ["a=b:NoSchedule", "c:NoExecute"])
    assert one["node.pressure"] == ["DiskPressure"]
    assert one["node.allocatable.cpu"] == 3920
    assert one["node.allocatable.memory"] == 15 * 2**30


def test_storage_class_quota_and_limit_range() -> None:
    default = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    storage = {
        "kind": "StorageClass",
        "metadata": {"name": "std", **default},
        "provisioner": "csi.acme.io",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    limits = [{"type": "Container", "max": {"memory": "1Gi"}}]
    facts = facts_of(
        storage,
        thing("ResourceQuota", "q", spec={"hard": {"pods": "1"}}, status={}),
        thing("LimitRange", "l", spec={"limits": limits}),
        thing("PersistentVolumeClaim", "c", spec={}, status={"phase": "Lost"}),
        resource="sc,quota,limits,pvc",
    )
    one = {fact.name: fact.value for fact in facts}
    assert one["storageclass.default"] is True
    assert one["storageclass.binding"] == "WaitForFirstConsumer"
    assert one["quota.hard"] == {"pods": "1"}
    assert one["limitrange.limits"] == limits
    assert one["pvc.phase"] == "Lost"
    assert "pvc.class" not in one
    assert values(facts, "list.names")["StorageClass/*"] == ["std"]


def slice_of(service: str, name: str, *endpoints: dict[str, Any], port: int = 80) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": service}
    return thing(
        "EndpointSlice",
        name,
        metadata={"labels": labels},
        endpoints=list(endpoints),
        ports=[{"port": port}],
    )


def endpoint(pod_name: str, ready: bool | None, address: str = "10.0.0.1") -> dict[str, Any]:
    conditions = {} if ready is None else {"ready": ready}
    return {"addresses": [address], "conditions": conditions, "targetRef": {"name": pod_name}}


def test_endpoints_are_summed_over_slices() -> None:
    facts = facts_of(
        slice_of("web", "web-1", endpoint("a", True), endpoint("b", False)),
        slice_of("web", "web-2", endpoint("a", True, "fd00::1"), endpoint("c", None), port=81),
        slice_of("other", "other-1"),
        thing("Endpoints", "web", subsets=[{"addresses": [{"ip": "10.9.9.9"}]}]),
        thing("Endpoints", "old", subsets=[{"notReadyAddresses": [{"ip": "10.9.9.9"}], "ports": [{"port": 7}]}]),
    )  # fmt: skip
    ready = values(facts, "endpoints.ready")
    assert ready == {"Service/shop/web": 2, "Service/shop/other": 0, "Service/shop/old": 0}
    assert values(facts, "endpoints.not_ready")["Service/shop/web"] == 1
    assert values(facts, "endpoints.not_ready")["Service/shop/old"] == 1
    assert values(facts, "endpoints.ports")["Service/shop/web"] == [80, 81]


def test_service_without_a_slice_has_no_endpoints_only_where_slices_were_asked() -> None:
    services = (
        thing("Service", "web", spec={"selector": {"a": "b"}, "ports": [{"port": 80}]}),
        thing("Service", "out", spec={"type": "ExternalName"}),
        thing("Service", "db", spec={"clusterIP": "None", "ports": [{"port": 1, "targetPort": "sql"}]}),
    )  # fmt: skip
    both = facts_of(*services, resource="svc,endpointslices")
    assert values(both, "endpoints.ready") == {"Service/shop/web": 0}
    assert values(both, "service.type") == {
        "Service/shop/web": "ClusterIP",
        "Service/shop/out": "ExternalName",
        "Service/shop/db": "Headless",
    }
    assert values(both, "service.ports")["Service/shop/db"] == [
        {"name": "", "port": 1, "target_port": "sql", "protocol": "TCP"}
    ]
    assert values(facts_of(*services, resource="svc"), "endpoints.ready") == {}


def test_configmap_states_keys_and_never_values() -> None:
    raw = thing("ConfigMap", "c", data={"URL": "do-not-tell"}, binaryData={"blob": "ZG8tbm90"})
    facts = facts_of(raw)
    assert values(facts, "configmap.keys") == {"ConfigMap/shop/c": ["URL", "blob"]}
    assert "do-not-tell" not in str(facts)


def test_any_other_kind_states_what_any_object_has() -> None:
    raw = thing("Widget", "w", metadata={"labels": {"a": "b"}, "finalizers": ["f"], **DELETED})
    raw["apiVersion"] = "acme.io/v1"
    assert {fact.name for fact in facts_of(raw)} - {"list.names"} == {
        "object.exists",
        "object.labels",
        "object.deleted_at",
        "object.finalizers",
    }


def test_autoscaler_and_policy() -> None:
    words = "failed to get cpu utilization: missing request for cpu in container web of Pod cart-1"
    active = {
        "type": "ScalingActive",
        "status": "False",
        "reason": "FailedGetResourceMetric",
        "message": words,
    }
    goal = {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 60}}}
    now = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 90}}}
    raw = thing(
        "HorizontalPodAutoscaler",
        "cart",
        spec={
            "scaleTargetRef": {"kind": "Deployment", "name": "cart"},
            "maxReplicas": 4,
            "metrics": [goal],
        },
        status={
            "currentReplicas": 2,
            "desiredReplicas": 3,
            "conditions": [active],
            "currentMetrics": [now],
        },
    )
    one = {fact.name: fact.value for fact in facts_of(raw)}
    assert (one["autoscaler.target"], one["autoscaler.least"], one["autoscaler.most"]) == (
        "Deployment/cart",
        1,
        4,
    )
    assert (one["autoscaler.current"], one["autoscaler.desired"]) == (2, 3)
    assert one["autoscaler.lacks_request"] == {
        "resource": "cpu",
        "container": "web",
        "pod": "cart-1",
    }
    assert one["autoscaler.usage"] == {"resource": "cpu", "percent": 90, "target": 60}
    spec = {"podSelector": {}, "policyTypes": ["Egress"]}
    (found,) = values(facts_of(thing("NetworkPolicy", "lock", spec=spec)), "policy.spec").values()
    assert found == spec


def test_scheduled_job_and_its_cronjob() -> None:
    notes = {"batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-11-23T02:00:00Z"}
    status = {"startTime": "2026-11-23T02:00:01Z", "completionTime": "2026-11-23T02:02:31Z"}
    one = {
        f.name: f.value
        for f in facts_of(thing("Job", "tidy-1", metadata={"annotations": notes}, status=status))
    }
    assert (one["job.scheduled_at"], one["job.seconds"]) == ("2026-11-23T02:00:00Z", 150)
    raw = thing("CronJob", "tidy", spec={"startingDeadlineSeconds": 20, "timeZone": "Etc/UTC"})
    one = {fact.name: fact.value for fact in facts_of(raw)}
    assert (one["cronjob.starting_deadline"], one["cronjob.zone"]) == (20, "Etc/UTC")
