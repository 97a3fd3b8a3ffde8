"""Misleading first symptoms: what shows first is not what is wrong, or nothing is wrong any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.report import Report
from tests.clusters import Cluster
from tests.investigations import conclusion, investigate, proves, served
from tests.podparts import (
    PodSpec,
    PodState,
    ago,
    box,
    crashing,
    ended,
    http_probe,
    running,
    terminated,
    waiting,
)
from tests.remedies import wrong_steps

pytestmark = pytest.mark.integration

CART = PodSpec([box("cart")])
GOOD = PodState([running("cart")])
SCHEDULED = (
    "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 "
    "No preemption victims found for incoming pod."
)


def look(cluster: Cluster, folder: Path, alert: str | None = None, **labels: str) -> Report:
    """Investigate a cluster by alert, or by scan when there is none."""
    own: dict[str, Any] = {"namespace": cluster.namespace} if alert is None else {}
    if alert is not None:
        own["labels"] = {"alertname": alert, "namespace": cluster.namespace, **labels}
    with served(cluster.store, cluster, folder) as kubeconfig:
        report = investigate(folder, kubeconfig=kubeconfig, **own)
    assert proves(report)
    assert not wrong_steps(report)
    return report


def found(report: Report) -> dict[str, str]:
    """Object -> summary of the other findings."""
    return {str(item.object): item.summary for item in report.other_findings}


def database(cluster: Cluster) -> None:
    """A database that is pending, behind a Service without endpoints."""
    spec = PodSpec([box("db", resources={"requests": {"cpu": "8"}})])
    pods = cluster.workload("StatefulSet", "orders-db", spec, [PodState(unscheduled=SCHEDULED)])
    cluster.service("orders-db", {"app": "orders-db"}, port=5432, not_ready=pods)


REFUSED = (
    "2026-11-23T02:58:59Z FATAL connect: dial tcp orders-db:5432: connect: connection refused\n"
)


@pytest.mark.parametrize("labels", [{}, {"deployment": "cart"}], ids=["stripped", "labels"])
def test_crash_for_a_database_that_is_down(tmp_path: Path, labels: dict[str, str]) -> None:
    cluster = Cluster()
    database(cluster)
    (pod,) = cluster.deployment("cart", CART, [PodState([crashing("cart")])])
    cluster.write_log(pod, "cart", REFUSED)
    report = look(cluster, tmp_path, "KubePodCrashLooping", **labels)
    assert conclusion(report) == ("scheduling.insufficient-resources", "StatefulSet/shop/orders-db")
    assert report.root_cause is not None
    assert not {"Service/shop/orders-db"} & set(found(report))


def test_not_ready_for_a_database_that_is_down(tmp_path: Path) -> None:
    cluster = Cluster()
    database(cluster)
    spec = PodSpec([box("cart", readinessProbe=http_probe(8080))])
    (pod,) = cluster.deployment("cart", spec, [PodState([running("cart", ready=False)])])
    message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    cluster.event("Pod", pod, "Unhealthy", message, container="cart", count=40)
    cluster.write_log(
        pod,
        "cart",
        (
            "INFO listening on :8080\nERROR connect: dial tcp orders-db:5432: connect: "
            "connection refused\n"
        ),
    )
    report = look(cluster, tmp_path, "KubePodNotReady", pod=pod)
    assert conclusion(report) == ("scheduling.insufficient-resources", "StatefulSet/shop/orders-db")


def test_readiness_that_fails_for_something_outside(tmp_path: Path) -> None:
    """The dependency is out of sight: the probe is right, and its fix is not to change it."""
    cluster = Cluster()
    spec = PodSpec([box("cart", readinessProbe=http_probe(8080))])
    (pod,) = cluster.deployment("cart", spec, [PodState([running("cart", ready=False)])])
    message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    cluster.event("Pod", pod, "Unhealthy", message, container="cart", count=40)
    cluster.write_log(
        pod,
        "cart",
        "INFO listening on :8080\nERROR connect: dial tcp db.example.com:5432: i/o timeout\n",
    )
    report = look(cluster, tmp_path, "KubePodNotReady")
    assert conclusion(report) == ("app.dependency-unreachable", "Deployment/shop/cart")
    assert "db.example.com:5432" in report.summary


def test_early_error_and_then_killed_for_memory(tmp_path: Path) -> None:
    cluster = Cluster()
    spec = PodSpec([box("cart", resources={"limits": {"memory": "128Mi"}})])
    state = PodState([crashing("cart", 137, "OOMKilled", seconds=90)])
    (pod,) = cluster.deployment("cart", spec, [state])
    cluster.write_log(
        pod,
        "cart",
        (
            "ERROR config: environment variable TRACE_URL is not set, tracing is off\nERROR open "
            "/etc/cart/rules.yaml: no such file or directory\nINFO loading catalogue\n"
        ),
    )
    report = look(cluster, tmp_path, "KubePodCrashLooping")
    assert conclusion(report) == ("memory.limit-too-low", "Deployment/shop/cart")
    assert "128Mi" in report.summary


def test_new_revision_cannot_be_pulled_while_the_old_one_serves(tmp_path: Path) -> None:
    cluster = Cluster()
    new = PodSpec([box("cart", image="registry.example.com/shop/cart:1.5.O")])
    message = (
        'Back-off pulling image "registry.example.com/shop/cart:1.5.O": ErrImagePull: rpc '
        "error: code = NotFound desc = failed to pull and unpack image "
        '"registry.example.com/shop/cart:1.5.O": failed to resolve reference '
        '"registry.example.com/shop/cart:1.5.O": registry.example.com/shop/cart:1.5.O: not '
        "found"
    )
    state = PodState([waiting("cart", "ImagePullBackOff", message)], phase="Pending", age=300)
    cluster.deployment(
        "cart",
        new,
        [state],
        replicas=2,
        revision=4,
        digest="59b8c7d4f6",
        age=300,
        status={"replicas": 3, "readyReplicas": 2, "availableReplicas": 2, "updatedReplicas": 1},
    )
    old = cluster.old_revision("cart", CART, [GOOD, GOOD], revision=3, digest="6d4f9c8b7d")
    cluster.service("cart", {"app": "cart"}, ready=old)
    report = look(cluster, tmp_path, "KubeDeploymentRolloutStuck", deployment="cart")
    assert conclusion(report) == ("image.pull-failed", "Deployment/shop/cart")
    assert "previous revision ran registry.example.com/shop/cart:1.4.2" in report.summary
    assert report.changed[0].revision == 4
    assert report.remedy is not None
    assert report.remedy.moves[0].text.endswith("--to-revision=3")
    assert report.impact is not None
    assert report.impact.service_endpoints == ["cart: 2 ready"]
    assert not report.other_findings


def test_two_broken_containers_in_one_pod(tmp_path: Path) -> None:
    cluster = Cluster()
    spec = PodSpec([box("cart"), box("proxy", resources={"limits": {"memory": "32Mi"}})])
    states = [crashing("cart"), crashing("proxy", 137, "OOMKilled", seconds=30)]
    (pod,) = cluster.deployment("cart", spec, [PodState(states)])
    cluster.write_log(pod, "cart", "FATAL environment variable SESSION_KEY is not set\n")
    cluster.write_log(pod, "proxy", "INFO listening on :15001\n")
    report = look(cluster, tmp_path, "KubePodCrashLooping", pod=pod, container="cart")
    assert conclusion(report) == ("config.env-missing", "Deployment/shop/cart")
    assert [cause.id for cause in report.contributing] == ["memory.limit-too-low"]
    assert "container proxy" in report.contributing[0].summary


def test_sidecar_crashes(tmp_path: Path) -> None:
    cluster = Cluster()
    spec = PodSpec([box("cart")], init=[box("mesh", restartPolicy="Always")])
    state = PodState([running("cart")], init=[crashing("mesh")])
    (pod,) = cluster.deployment("cart", spec, [state], status={"readyReplicas": 0})
    cluster.write_log(pod, "mesh", "FATAL environment variable MESH_ID is not set\n")
    report = look(cluster, tmp_path, "KubePodCrashLooping")
    assert conclusion(report) == ("config.env-missing", "Deployment/shop/cart")
    assert "container mesh" in report.summary
    assert report.remedy is not None
    assert "initContainers" in str(report.remedy.moves[0].manifest)


def test_job_that_failed_twice_and_then_succeeded(tmp_path: Path) -> None:
    cluster = Cluster()
    spec = PodSpec([box("run")], more={"restartPolicy": "Never"})
    bad, good = (
        PodState([terminated("run", 1)], phase="Failed"),
        PodState([terminated("run", 0)], phase="Succeeded"),
    )
    done = [{"type": kind, "status": "True"} for kind in ("SuccessCriteriaMet", "Complete")]
    status = {"failed": 2, "succeeded": 1, "conditions": done}
    cluster.workload("Job", "report", spec, [bad, bad, good], status=status)
    report = look(cluster, tmp_path, "KubeJobFailed", job_name="report")
    assert conclusion(report) == ("healthy", None)
    assert not report.other_findings


def evicted() -> PodState:
    message = (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 42268Ki. "
    )
    state = terminated("cart", 137, "ContainerStatusUnknown")
    more = {"reason": "Evicted", "message": message}
    return PodState([state], phase="Failed", age=90000, more=more)


def test_evicted_pods_left_behind(tmp_path: Path) -> None:
    cluster = Cluster()
    counts = {"replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "updatedReplicas": 2}
    cluster.deployment("cart", CART, [evicted(), GOOD, GOOD, evicted()], replicas=2, status=counts)
    report = look(cluster, tmp_path, "KubePodNotReady", pod="cart-6d4f9c8b7d-x2x7k")
    assert conclusion(report) == ("healthy", None)
    assert "2 of 2 ready" in report.summary


def cron_job(cluster: Cluster, name: str, **fields: Any) -> dict[str, Any]:
    template = {"spec": {"template": PodSpec([box("run")]).template({})}}
    status = {"lastScheduleTime": ago(60), **fields.pop("status", {})}
    owner = cluster.put(
        "batch/v1",
        "CronJob",
        name,
        spec={"schedule": "*/5 * * * *", "jobTemplate": template, **fields},
        status=status,
    )
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": name,
        "uid": owner["metadata"]["uid"],
        "controller": True,
    }


def test_old_failed_run_of_a_cronjob_that_works_again(tmp_path: Path) -> None:
    cluster = Cluster()
    owner = cron_job(cluster, "sync", status={"lastSuccessfulTime": ago(30)})
    spec = PodSpec([box("run")], more={"restartPolicy": "Never"})
    failed = {
        "type": "Failed",
        "status": "True",
        "reason": "BackoffLimitExceeded",
        "message": "Job has reached the specified backoff limit",
    }
    complete = {"type": "Complete", "status": "True"}
    for number, age, good in ((1, 7200, False), (2, 600, True), (3, 60, True)):
        state = PodState(
            [terminated("run", 0 if good else 1, before=age - 20)],
            phase="Succeeded" if good else "Failed",
            age=age,
        )
        status = (
            {"succeeded": 1, "conditions": [complete]}
            if good
            else {"failed": 1, "conditions": [failed]}
        )
        meta = {"creationTimestamp": ago(age), "ownerReferences": [owner]}
        cluster.workload("Job", f"sync-2940{number}", spec, [state], status=status, meta=meta)
    report = look(cluster, tmp_path, "KubeJobFailed", job_name="sync-29401")
    assert conclusion(report) == ("healthy", None), report.summary
    assert not report.other_findings
    assert conclusion(look(cluster, tmp_path, "KubeJobFailed")) == ("healthy", None)


def test_service_before_a_deployment_scaled_to_zero_on_purpose(tmp_path: Path) -> None:
    """Whoever does not ask about the Service gets it as a finding, not as what is wrong."""
    cluster = Cluster()
    cluster.deployment("cart", CART, [], replicas=0)
    cluster.service("cart", {"app": "cart"})
    report = look(cluster, tmp_path)
    assert conclusion(report) == ("healthy", None)
    assert "scaled to 0" in found(report)["Service/shop/cart"]


def test_statefulset_whose_first_pod_waits_for_its_claim(tmp_path: Path) -> None:
    cluster = Cluster()
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}
    message = (
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. "
        "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    )
    cluster.workload(
        "StatefulSet",
        "db",
        PodSpec([box("db")], volumes=[volume]),
        [PodState(unscheduled=message)],
        replicas=3,
    )
    cluster.claim("data-db-0")
    cluster.storage_class("standard")
    cluster.event(
        "PersistentVolumeClaim",
        "data-db-0",
        "ProvisioningFailed",
        (
            'failed to provision volume with StorageClass "standard": rpc error: code = Internal '
            "desc = zone eu-3 is full"
        ),
    )
    report = look(cluster, tmp_path, "KubeStatefulSetReplicasMismatch", statefulset="db")
    assert conclusion(report) == ("storage.provisioner-fails", "StatefulSet/shop/db")
    assert "zone eu-3 is full" in report.summary
    assert not report.other_findings


@pytest.mark.parametrize("label", ["deployment", "persistentvolumeclaim"])
def test_claim_that_waits_for_a_pod_without_a_place(tmp_path: Path, label: str) -> None:
    cluster = Cluster()
    cluster.claim("cart")
    cluster.storage_class("standard")
    message = "waiting for first consumer to be created before binding"
    cluster.event("PersistentVolumeClaim", "cart", "WaitForFirstConsumer", message, type="Normal")
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "cart"}}
    spec = PodSpec([box("cart", resources={"requests": {"cpu": "8"}})], volumes=[volume])
    cluster.deployment("cart", spec, [PodState(unscheduled=SCHEDULED)])
    report = look(cluster, tmp_path, "KubePodNotReady", **{label: "cart"})
    assert conclusion(report) == ("scheduling.insufficient-resources", "Deployment/shop/cart")
    assert not report.other_findings


def test_daemonset_with_one_tainted_node(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.node("node2", taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}])
    message = (
        "0/2 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity], 1 "
        "node(s) had untolerated taint {gpu: yes}. preemption: 0/2 nodes are available: 2 "
        "Preemption is not helpful for scheduling."
    )
    cluster.workload(
        "DaemonSet",
        "agent",
        PodSpec([box("agent")]),
        [PodState([running("agent")]), PodState(unscheduled=message)],
    )
    report = look(cluster, tmp_path, "KubeDaemonSetNotScheduled", daemonset="agent")
    assert conclusion(report) == ("scheduling.taint", "DaemonSet/shop/agent")
    assert "gpu=yes" in report.summary


def test_pods_on_their_way_out(tmp_path: Path) -> None:
    """The end of a rolling update: old pods stop and are not ready any more."""
    cluster = Cluster()
    meta = {"deletionTimestamp": ago(-20), "deletionGracePeriodSeconds": 30}
    leaving = PodState([running("cart", ready=False)], meta=meta, age=9000)
    counts = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}
    cluster.deployment("cart", CART, [GOOD, leaving], replicas=1, status=counts)
    report = look(cluster, tmp_path, "KubePodNotReady", pod="cart-6d4f9c8b7d-m4qvz")
    assert conclusion(report) == ("healthy", None)
    assert not report.other_findings


def test_restarted_once_hours_ago(tmp_path: Path) -> None:
    cluster = Cluster()
    status = running("cart", since=7200, restarts=1, last=ended(1, before=7205, seconds=50))
    (pod,) = cluster.deployment("cart", CART, [PodState([status], age=80000)])
    report = look(cluster, tmp_path, "KubePodCrashLooping", pod=pod)
    assert conclusion(report) == ("healthy", None)
    assert "recovered" in report.summary


def other_broken(cluster: Cluster) -> None:
    (pod,) = cluster.deployment("mail", PodSpec([box("mail")]), [PodState([crashing("mail")])])
    cluster.write_log(pod, "mail", "FATAL environment variable SMTP_URL is not set\n")


def test_alert_about_a_healthy_deployment_beside_a_broken_one(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.deployment("cart", CART, [GOOD, GOOD])
    other_broken(cluster)
    report = look(cluster, tmp_path, "KubeDeploymentReplicasMismatch", deployment="cart")
    assert conclusion(report) == ("healthy", None)
    assert "Deployment/shop/cart" in report.summary
    assert set(found(report)) == {"Deployment/shop/mail"}


def test_alert_about_a_deleted_deployment(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.deployment("cart", CART, [GOOD])
    report = look(cluster, tmp_path, "KubeDeploymentReplicasMismatch", deployment="carts")
    assert report.verdict == "not_found"
    assert "carts does not exist" in report.summary
    assert "cart" in report.summary


def test_alert_about_a_pod_of_an_old_replicaset(tmp_path: Path) -> None:
    cluster = Cluster()
    (pod,) = cluster.deployment("cart", CART, [PodState([crashing("cart")])], revision=2)
    cluster.write_log(pod, "cart", "FATAL environment variable SESSION_KEY is not set\n")
    report = look(
        cluster, tmp_path, "KubePodCrashLooping", pod="cart-5f6d7c8b9d-abcde", container="cart"
    )
    assert conclusion(report) == ("config.env-missing", "Deployment/shop/cart")


def test_alert_about_an_autoscaler(tmp_path: Path) -> None:
    cluster = Cluster()
    (pod,) = cluster.deployment("cart", CART, [PodState([crashing("cart")])])
    cluster.write_log(pod, "cart", "FATAL environment variable SESSION_KEY is not set\n")
    other_broken(cluster)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "cart"}
    cluster.put(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "cart-scale",
        spec={"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 4},
        status={"currentReplicas": 1, "desiredReplicas": 1},
    )
    report = look(cluster, tmp_path, "KubeHpaMaxedOut", horizontalpodautoscaler="cart-scale")
    assert conclusion(report) == ("config.env-missing", "Deployment/shop/cart")


def test_alert_about_a_disruption_budget(tmp_path: Path) -> None:
    cluster = Cluster()
    (pod,) = cluster.deployment("cart", CART, [PodState([crashing("cart")])])
    cluster.write_log(pod, "cart", "FATAL environment variable SESSION_KEY is not set\n")
    other_broken(cluster)
    cluster.put(
        "policy/v1",
        "PodDisruptionBudget",
        "cart-budget",
        spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "cart"}}},
        status={
            "currentHealthy": 0,
            "desiredHealthy": 1,
            "disruptionsAllowed": 0,
            "expectedPods": 1,
        },
    )
    report = look(
        cluster, tmp_path, "KubePdbNotEnoughHealthyPods", poddisruptionbudget="cart-budget"
    )
    assert conclusion(report) == ("config.env-missing", "Deployment/shop/cart")


def test_alert_about_a_quota(tmp_path: Path) -> None:
    cluster = Cluster()
    message = (
        'pods "cart-6d4f9c8b7d-x2x7k" is forbidden: exceeded quota: compute, requested: '
        "pods=1, used: pods=1, limited: pods=1"
    )
    cluster.deployment("cart", CART, [], replicas=1)
    cluster.event("ReplicaSet", "cart-6d4f9c8b7d", "FailedCreate", f"Error creating: {message}")
    cluster.put(
        "v1",
        "ResourceQuota",
        "compute",
        spec={"hard": {"pods": "1"}},
        status={"hard": {"pods": "1"}, "used": {"pods": "1"}},
    )
    other_broken(cluster)
    report = look(cluster, tmp_path, "KubeQuotaExceeded", resourcequota="compute")
    assert conclusion(report) == ("quota.exceeded", "Deployment/shop/cart")
    assert set(found(report)) == {"Deployment/shop/mail"}


def test_alert_about_a_claim(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.claim("cart-data", storage_class="fast")
    cluster.storage_class("standard")
    cluster.event(
        "PersistentVolumeClaim",
        "cart-data",
        "ProvisioningFailed",
        'storageclass.storage.k8s.io "fast" not found',
    )
    report = look(
        cluster, tmp_path, "KubePersistentVolumeErrors", persistentvolumeclaim="cart-data"
    )
    assert conclusion(report) == ("storage.class-missing", "PersistentVolumeClaim/shop/cart-data")


def lost_node(cluster: Cluster) -> None:
    cluster.node(
        "node1",
        ready=("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
        taints=[{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}],
    )


@pytest.mark.parametrize("alert", ["KubeNodeNotReady", "KubeDeploymentReplicasMismatch"])
def test_node_gone_from_under_the_pods(tmp_path: Path, alert: str) -> None:
    cluster = Cluster()
    lost_node(cluster)
    unready = [
        {"type": "Ready", "status": "False"},
        {"type": "Initialized", "status": "True"},
        {"type": "PodScheduled", "status": "True"},
    ]
    state = PodState([running("cart")], more={"conditions": unready})
    (pod,) = cluster.deployment("cart", CART, [state], status={"readyReplicas": 0})
    cluster.event("Pod", pod, "NodeNotReady", "Node is not ready", count=1)
    labels = {"node": "node1"} if "Node" in alert else {"deployment": "cart"}
    report = look(cluster, tmp_path, alert, **labels)
    assert conclusion(report) == ("node.not-ready", "Node/node1"), report.summary


def test_three_broken_workloads_each_with_its_own_cause(tmp_path: Path) -> None:
    cluster = Cluster()
    other_broken(cluster)
    spec = PodSpec([box("cart", resources={"limits": {"memory": "64Mi"}})])
    cluster.deployment("cart", spec, [PodState([crashing("cart", 137, "OOMKilled")])])
    cluster.deployment(
        "search",
        PodSpec([box("search", resources={"requests": {"cpu": "8"}})]),
        [PodState(unscheduled=SCHEDULED)],
    )
    report = look(cluster, tmp_path, "KubeContainerOOMKilled")
    assert conclusion(report) == ("memory.limit-too-low", "Deployment/shop/cart")
    others = found(report)
    assert set(others) == {"Deployment/shop/mail", "Deployment/shop/search"}
    assert "SMTP_URL is not set" in others["Deployment/shop/mail"]
    assert "cpu 8" in others["Deployment/shop/search"]


@pytest.mark.parametrize(
    ("meta", "tool", "source"),
    [
        (
            {
                "labels": {"app.kubernetes.io/managed-by": "Helm"},
                "annotations": {
                    "meta.helm.sh/release-name": "shop",
                    "meta.helm.sh/release-namespace": "shop",
                },
            },
            "Helm",
            "shop",
        ),
        (
            {
                "annotations": {
                    "argocd.argoproj.io/tracking-id": "shop-prod:apps/Deployment:shop/cart"
                }
            },
            "Argo CD",
            "shop-prod",
        ),
        (
            {
                "labels": {
                    "kustomize.toolkit.fluxcd.io/name": "apps",
                    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                }
            },
            "Flux",
            "apps",
        ),
    ],
    ids=["helm", "argo", "flux"],
)
def test_who_manages_the_object(
    tmp_path: Path, meta: dict[str, Any], tool: str, source: str
) -> None:
    cluster = Cluster()
    (pod,) = cluster.deployment("cart", CART, [PodState([crashing("cart")])], meta=meta)
    cluster.write_log(pod, "cart", "FATAL environment variable SESSION_KEY is not set\n")
    report = look(cluster, tmp_path, "KubePodCrashLooping")
    assert conclusion(report) == ("config.env-missing", "Deployment/shop/cart")
    assert report.managed_by is not None
    assert report.managed_by.tool == tool
    assert source in report.managed_by.source
    # A fix that is only applied to the cluster would be taken back.
    assert any(source in step and tool in step for step in report.next_steps)


def test_what_the_newest_revision_changed(tmp_path: Path) -> None:
    cluster = Cluster()
    old = PodSpec([box("cart", env=[{"name": "SESSION_KEY", "value": "x"}])])
    (pod,) = cluster.deployment(
        "cart", CART, [PodState([crashing("cart")])], revision=8, digest="59b8c7d4f6", age=900
    )
    cluster.old_revision("cart", old, [], revision=7, digest="6d4f9c8b7d")
    cluster.write_log(pod, "cart", "FATAL environment variable SESSION_KEY is not set\n")
    report = look(cluster, tmp_path, "KubePodCrashLooping")
    assert conclusion(report) == ("config.env-missing", "Deployment/shop/cart")
    (change,) = report.changed
    assert change.revision == 8
    assert "env" in change.what
    assert report.remedy is not None
    assert report.remedy.moves[0].text.endswith("--to-revision=7")


def test_broken_without_a_word_of_why(tmp_path: Path) -> None:
    cluster = Cluster()
    (pod,) = cluster.deployment("cart", CART, [PodState([crashing("cart")])])
    report = look(cluster, tmp_path, "KubePodCrashLooping", pod=pod)
    assert report.verdict == "inconclusive"
    assert report.root_cause is None
    checks = [step for step in report.next_steps if step.startswith("Check whether it is ")]
    assert len(checks) > 1
    assert f"kubectl describe pod {pod} -n shop" in report.next_steps


IMAGE_LOST = (
    'Back-off pulling image "registry.example.com/shop/cart:1.4.2": ErrImagePull: rpc error: code = '
    "NotFound desc = failed to pull and unpack image: registry.example.com/shop/cart:1.4.2: not found"
)


def unpulled(name: str) -> PodState:
    return PodState([waiting(name, "ImagePullBackOff", IMAGE_LOST)], phase="Pending")


def test_job_is_made_anew_since_its_template_is_fixed(tmp_path: Path) -> None:
    cluster = Cluster()
    spec = PodSpec([box("run")], more={"restartPolicy": "Never"})
    cluster.workload("Job", "report", spec, [unpulled("run")], status={"active": 1})
    report = look(cluster, tmp_path, "KubeJobNotCompleted", job_name="report")
    assert conclusion(report) == ("image.pull-failed", "Job/shop/report")
    assert report.remedy is not None
    assert [move.text for move in report.remedy.moves] == [
        "kubectl replace --force -n shop -f <the mended manifest>",
    ]
    assert not report.remedy.undo


def test_reading_leaves_nothing_to_take_back(tmp_path: Path) -> None:
    cluster = Cluster()
    missing = 'configmap "cart-settings" not found'
    state = PodState([waiting("cart", "CreateContainerConfigError", missing)], phase="Pending")
    settings = [{"configMapRef": {"name": "cart-settings"}}]
    spec = PodSpec([box("cart", envFrom=settings)])
    (pod,) = cluster.workload("Deployment", "cart", spec, [state])
    cluster.event("Pod", pod, "Failed", f"Error: {missing}")
    cluster.configmap("cart-setting", LEVEL="info")
    report = look(cluster, tmp_path, "KubeContainerWaiting", container="cart")
    assert conclusion(report) == ("config.object-missing", "Deployment/shop/cart")
    assert report.remedy is not None
    assert report.remedy.moves[0].text == "kubectl describe deployment cart -n shop"
    assert not report.remedy.undo


def test_bare_pod_is_made_anew(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.pods(None, PodSpec([box("cart")]), [unpulled("cart")], {"app": "cart"}, ["0"], "cart")
    report = look(cluster, tmp_path, "KubeContainerWaiting", pod="cart", container="cart")
    assert conclusion(report) == ("image.pull-failed", "Pod/shop/cart")
    assert report.remedy is not None
    assert report.remedy.moves[0].text == "kubectl replace --force -n shop -f <the mended manifest>"


def test_cronjob_is_patched_where_its_template_is(tmp_path: Path) -> None:
    cluster = Cluster()
    owner = cron_job(cluster, "sync")
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}
    spec = PodSpec([box("run")], more={"restartPolicy": "Never"})
    state = PodState([terminated("run", 1)], phase="Failed", age=100)
    meta = {"creationTimestamp": ago(120), "ownerReferences": [owner]}
    status = {"failed": 1, "conditions": [failed]}
    (pod,) = cluster.workload("Job", "sync-29401", spec, [state], status=status, meta=meta)
    cluster.write_log(pod, "run", "FATAL environment variable API_URL is not set\n")
    report = look(cluster, tmp_path, "KubeJobFailed", job_name="sync-29401")
    assert conclusion(report) == ("config.env-missing", "CronJob/shop/sync")
    assert report.remedy is not None
    assert str(report.remedy.moves[0].manifest).startswith("spec:\n  jobTemplate:\n    spec:\n")
    assert not report.remedy.undo
