"""For every alert: series that raise it, series that nearly do, and the labels it carries."""

from __future__ import annotations

from typing import Any, NamedTuple

Series = dict[str, str]


class Case(NamedTuple):
    alert: str
    severity: str
    labels: dict[str, str]
    """Labels of the raised alert besides alertname and severity."""
    raised: Series
    calm: Series
    at: str = "20m"
    """When both are judged."""
    interval: str = "1m"
    """Time between two values."""


POD = {"namespace": "shop", "pod": "cart-0"}
BOX = {**POD, "uid": "u", "container": "cart"}
STATE = {"job": "kube-state-metrics"}
KUBELET = {"job": "kubelet", "instance": "n1", "node": "n1"}


def series(name: str, values: Any, job: dict[str, str] = STATE, /, **labels: str) -> Series:
    """One series; a single number is repeated for two hours of minutes."""
    text = ",".join(f'{key}="{value}"' for key, value in {**job, **labels}.items())
    return {f"{name}{{{text}}}": values if isinstance(values, str) else f"{values}x120"}


def pair(prefix: str, labels: dict[str, str], **values: Any) -> Series:
    """Several series of one object: `prefix` and each name."""
    return {
        key: value
        for name, number in values.items()
        for key, value in series(f"{prefix}_{name}", number, **labels).items()
    }


def pod(phase: str, ready: int, owner: str = "ReplicaSet") -> Series:
    return (
        series("kube_pod_status_phase", 1, **POD, phase=phase)
        | series("kube_pod_status_ready", ready, **POD, condition="true")
        | series("kube_pod_owner", 1, **POD, owner_kind=owner, owner_name="o")
    )


def crash(phase: str, terminated: int, restarts: str) -> Series:
    return (
        series("kube_pod_status_phase", 1, **POD, phase=phase)
        | series("kube_pod_container_status_terminated", terminated, **BOX)
        | series("kube_pod_container_status_restarts_total", restarts, **BOX)
    )


def quota(used: float, hard: float) -> Series:
    where = {"namespace": "shop", "resourcequota": "q", "resource": "pods"}
    return series("kube_resourcequota", used, **where, type="used") | series(
        "kube_resourcequota", hard, **where, type="hard"
    )


def nodes(resource: str, *sizes: float) -> Series:
    return {
        key: value
        for number, size in enumerate(sizes)
        for key, value in series(
            "kube_node_status_allocatable", size, node=f"n{number}", resource=resource
        ).items()
    }


def request(resource: str, amount: float) -> Series:
    return series(
        "kube_pod_container_resource_requests", amount, **BOX, resource=resource
    ) | series("kube_pod_status_phase", 1, **POD, phase="Running")


def node(condition: str, status: str, value: Any, *, cordoned: int = 0) -> Series:
    return series(
        "kube_node_status_condition", value, node="n1", condition=condition, status=status
    ) | series("kube_node_spec_unschedulable", cordoned, node="n1")


def volume(kind: str, free: Any, used: Any, whole: float) -> Series:
    names = {
        "bytes": ("available_bytes", "used_bytes", "capacity_bytes"),
        "inodes": ("inodes_free", "inodes_used", "inodes"),
    }[kind]
    where = {"namespace": "shop", "persistentvolumeclaim": "data"}
    return {
        key: value
        for name, number in zip(names, (free, used, whole), strict=True)
        for key, value in series(f"kubelet_volume_stats_{name}", number, KUBELET, **where).items()
    }


def evictions(values: str) -> Series:
    return series("kubelet_evictions", values, KUBELET, eviction_signal="memory.available") | (
        series("kubelet_node_name", 1, KUBELET)
    )


DEPLOYMENT = {"namespace": "shop", "deployment": "cart"}
STATEFULSET = {"namespace": "shop", "statefulset": "db"}
DAEMONSET = {"namespace": "shop", "daemonset": "agent"}
JOB = {"namespace": "shop", "job_name": "backup"}
HPA = {"namespace": "shop", "horizontalpodautoscaler": "cart"}
PDB = {"namespace": "shop", "poddisruptionbudget": "cart"}
CLAIM = {"namespace": "shop", "persistentvolumeclaim": "data"}
QUOTA = {"namespace": "shop", "resourcequota": "q", "resource": "pods"}


def deployment(**values: Any) -> Series:
    return pair("kube_deployment", DEPLOYMENT, **values)


def statefulset(**values: Any) -> Series:
    return pair("kube_statefulset", STATEFULSET, **values)


def revisions(current: str, update: str, updated: Any) -> Series:
    return (
        series("kube_statefulset_status_current_revision", 1, **STATEFULSET, revision=current)
        | series("kube_statefulset_status_update_revision", 1, **STATEFULSET, revision=update)
        | statefulset(replicas=3, status_replicas_updated=updated)
    )


def daemonset(desired: int, current: int, updated: Any, available: int, mis: int = 0) -> Series:
    return pair(
        "kube_daemonset_status",
        DAEMONSET,
        desired_number_scheduled=desired,
        current_number_scheduled=current,
        updated_number_scheduled=updated,
        number_available=available,
        number_misscheduled=mis,
    )


def hpa(current: Any, desired: int, least: int, most: int) -> Series:
    return pair(
        "kube_horizontalpodautoscaler",
        HPA,
        status_current_replicas=current,
        status_desired_replicas=desired,
        spec_min_replicas=least,
        spec_max_replicas=most,
    )


def throttle(share: int) -> Series:
    where = {**POD, "container": "cart"}
    cadvisor = {"job": "cadvisor", "instance": "n1", "node": "n1"}
    return series(
        "container_cpu_cfs_throttled_periods_total", f"0+{share}x120", cadvisor, **where
    ) | series("container_cpu_cfs_periods_total", "0+100x120", cadvisor, **where)


def ttl(side: str, value: int) -> Series:
    return series(f"kubelet_certificate_manager_{side}_ttl_seconds", value, KUBELET)


def full_node(running: int) -> Series:
    return (
        series("kubelet_running_pods", running, KUBELET)
        | series("kubelet_node_name", 1, KUBELET)
        | series("kube_node_status_capacity", 100, node="n1", resource="pods")
    )


def taint(*keys: str) -> Series:
    return {
        name: value
        for key in keys
        for name, value in series(
            "kube_node_spec_taint", 1, node="n1", key=key, effect="NoSchedule"
        ).items()
    }


def version(node: str, version: str) -> Series:
    return series(
        "kubernetes_build_info", 1, {"job": "kubelet", "instance": node}, git_version=version
    )


CASES = [
    Case(
        "KubePodCrashLooping",
        "warning",
        {**STATE, **BOX, "reason": "CrashLoopBackOff"},
        series("kube_pod_container_status_waiting_reason", 1, **BOX, reason="CrashLoopBackOff"),
        series("kube_pod_container_status_waiting_reason", 1, **BOX, reason="ImagePullBackOff"),
    ),
    Case(
        "KubePodCrashLooping",
        "warning",
        {**STATE, **BOX, "reason": "CrashLoopBackOff"},
        crash("Running", 1, "2+0.2x120"),
        crash("Succeeded", 1, "2x120"),
    ),
    Case(
        "KubePodCrashLooping",
        "warning",
        {**STATE, **BOX, "reason": "CrashLoopBackOff"},
        crash("Running", 0, "2x120")
        | series("kube_pod_container_status_waiting_reason", 1, **BOX, reason="RunContainerError"),
        crash("Running", 1, "1x120"),
    ),
    Case(
        "KubePodNotReady",
        "warning",
        {**STATE, **POD},
        pod("Running", 0),
        pod("Running", 1),
    ),
    Case(
        "KubePodNotReady", "warning", {**STATE, **POD}, pod("Pending", 0), pod("Pending", 0, "Job")
    ),
    Case(
        "KubeContainerWaiting",
        "warning",
        {**STATE, **BOX, "reason": "ImagePullBackOff"},
        series("kube_pod_container_status_waiting_reason", 1, **BOX, reason="ImagePullBackOff"),
        series("kube_pod_container_status_waiting_reason", 1, **BOX, reason="CrashLoopBackOff"),
        at="61m",
    ),
    Case(
        "KubeDeploymentGenerationMismatch",
        "warning",
        {**STATE, **DEPLOYMENT},
        deployment(metadata_generation=3, status_observed_generation=2),
        deployment(metadata_generation=3, status_observed_generation=3),
    ),
    Case(
        "KubeDeploymentReplicasMismatch",
        "warning",
        {**STATE, **DEPLOYMENT},
        deployment(spec_replicas=3, status_replicas_available=1, status_replicas_updated=3),
        deployment(spec_replicas=3, status_replicas_available=1, status_replicas_updated="0+1x120"),
    ),
    Case(
        "KubeDeploymentRolloutStuck",
        "warning",
        {**STATE, **DEPLOYMENT, "condition": "Progressing", "status": "false"},
        series(
            "kube_deployment_status_condition",
            1,
            **DEPLOYMENT,
            condition="Progressing",
            status="false",
        ),
        series(
            "kube_deployment_status_condition",
            0,
            **DEPLOYMENT,
            condition="Progressing",
            status="false",
        ),
    ),
    Case(
        "KubeStatefulSetReplicasMismatch",
        "warning",
        {**STATE, **STATEFULSET},
        statefulset(replicas=3, status_replicas_ready=2, status_replicas_updated=3),
        statefulset(replicas=3, status_replicas_ready=3, status_replicas_updated=3),
    ),
    Case(
        "KubeStatefulSetGenerationMismatch",
        "warning",
        {**STATE, **STATEFULSET},
        statefulset(metadata_generation=3, status_observed_generation=2),
        statefulset(metadata_generation=3, status_observed_generation=3),
    ),
    Case(
        "KubeStatefulSetUpdateNotRolledOut",
        "warning",
        {**STATE, **STATEFULSET},
        revisions("a", "b", 1),
        revisions("a", "b", "0+1x120"),
    ),
    Case(
        "KubeDaemonSetRolloutStuck",
        "warning",
        {**STATE, **DAEMONSET},
        daemonset(4, 4, 4, 3),
        daemonset(4, 4, 4, 4),
    ),
    Case(
        "KubeDaemonSetNotScheduled",
        "warning",
        {**STATE, **DAEMONSET},
        daemonset(4, 3, 3, 3),
        daemonset(4, 4, 3, 3),
    ),
    Case(
        "KubeDaemonSetMisScheduled",
        "warning",
        {**STATE, **DAEMONSET},
        daemonset(4, 4, 4, 4, mis=1),
        daemonset(4, 4, 4, 4),
    ),
    Case(
        "KubeJobNotCompleted",
        "warning",
        JOB,
        pair("kube_job_status", JOB, start_time="0x30", active="1x30"),
        pair("kube_job_status", JOB, start_time="0x30", active="0x30"),
        at="13h",
        interval="30m",
    ),
    Case(
        "KubeJobFailed",
        "warning",
        {**STATE, **JOB, "condition": "true"},
        series("kube_job_failed", 1, **JOB, condition="true"),
        series("kube_job_failed", 0, **JOB, condition="true"),
    ),
    Case(
        "KubeHpaReplicasMismatch",
        "warning",
        {**STATE, **HPA},
        hpa(3, 5, 1, 10),
        hpa("1+1x120", 5, 1, 200),
        at="40m",
    ),
    Case("KubeHpaMaxedOut", "warning", {**STATE, **HPA}, hpa(5, 5, 1, 5), hpa(5, 5, 5, 5)),
    Case(
        "KubePdbNotEnoughHealthyPods",
        "warning",
        {**STATE, **PDB},
        pair("kube_poddisruptionbudget_status", PDB, desired_healthy=2, current_healthy=1),
        pair("kube_poddisruptionbudget_status", PDB, desired_healthy=2, current_healthy=2),
    ),
    Case(
        "KubeCPUOvercommit",
        "warning",
        {},
        request("cpu", 5) | nodes("cpu", 4, 4),
        request("cpu", 3) | nodes("cpu", 4, 4),
    ),
    Case(
        "KubeCPUOvercommit",
        "warning",
        {},
        request("cpu", 9)
        | nodes("cpu", 4, 4)
        | series("kube_node_role", 1, node="n0", role="control-plane"),
        request("cpu", 3)
        | nodes("cpu", 4)
        | series("kube_node_role", 1, node="n0", role="control-plane"),
    ),
    Case(
        "KubeMemoryOvercommit",
        "warning",
        {},
        request("memory", 5) | nodes("memory", 4, 4),
        request("memory", 3) | nodes("memory", 4, 4),
    ),
    Case(
        "KubeCPUQuotaOvercommit",
        "warning",
        {},
        series("kube_resourcequota", 13, namespace="shop", resource="requests.cpu", type="hard")
        | nodes("cpu", 4, 4),
        series("kube_resourcequota", 11, namespace="shop", resource="requests.cpu", type="hard")
        | nodes("cpu", 4, 4),
    ),
    Case(
        "KubeMemoryQuotaOvercommit",
        "warning",
        {},
        series("kube_resourcequota", 13, namespace="shop", resource="memory", type="hard")
        | nodes("memory", 4, 4),
        series("kube_resourcequota", 11, namespace="shop", resource="memory", type="hard")
        | nodes("memory", 4, 4),
    ),
    Case("KubeQuotaAlmostFull", "info", QUOTA, quota(19, 20), quota(20, 20)),
    Case("KubeQuotaFullyUsed", "info", QUOTA, quota(20, 20), quota(0, 0)),
    Case("KubeQuotaExceeded", "warning", QUOTA, quota(21, 20), quota(20, 20)),
    Case(
        "CPUThrottlingHigh",
        "info",
        {**POD, "container": "cart", "instance": "n1"},
        throttle(30),
        throttle(20),
        at="30m",
    ),
    Case(
        "KubePersistentVolumeFillingUp",
        "critical",
        {**KUBELET, **CLAIM},
        volume("bytes", 2, 98, 100),
        volume("bytes", 4, 96, 100),
    ),
    Case(
        "KubePersistentVolumeFillingUp",
        "warning",
        {**KUBELET, **CLAIM},
        volume("bytes", "1400-1x120", "8600+1x120", 10000),
        volume("bytes", 1400, 8600, 10000),
        at="100m",
    ),
    Case(
        "KubePersistentVolumeInodesFillingUp",
        "critical",
        {**KUBELET, **CLAIM},
        volume("inodes", 2, 98, 100),
        volume("inodes", 4, 96, 100),
    ),
    Case(
        "KubePersistentVolumeInodesFillingUp",
        "warning",
        {**KUBELET, **CLAIM},
        volume("inodes", "1400-1x120", "8600+1x120", 10000),
        volume("inodes", 1400, 8600, 10000),
        at="100m",
    ),
    Case(
        "KubePersistentVolumeErrors",
        "critical",
        {**STATE, "persistentvolume": "pv-1", "phase": "Failed"},
        series("kube_persistentvolume_status_phase", 1, persistentvolume="pv-1", phase="Failed"),
        series("kube_persistentvolume_status_phase", 1, persistentvolume="pv-1", phase="Released"),
    ),
    Case(
        "KubeVersionMismatch",
        "warning",
        {},
        version("n1", "v1.36.2") | version("n2", "v1.35.9"),
        version("n1", "v1.36.2") | version("n2", "v1.36.0"),
    ),
    Case(
        "KubeNodeNotReady",
        "warning",
        {**STATE, "node": "n1", "condition": "Ready", "status": "true"},
        node("Ready", "true", 0),
        node("Ready", "true", 0, cordoned=1),
    ),
    Case(
        "KubeNodePressure",
        "info",
        {**STATE, "node": "n1", "condition": "DiskPressure", "status": "true"},
        node("DiskPressure", "true", 1),
        node("DiskPressure", "true", 1, cordoned=1),
    ),
    Case(
        "KubeNodeUnreachable",
        "warning",
        {
            **STATE,
            "node": "n1",
            "key": "node.kubernetes.io/unreachable",
            "effect": "NoSchedule",
        },
        taint("node.kubernetes.io/unreachable"),
        taint("node.kubernetes.io/unreachable", "ToBeDeletedByClusterAutoscaler"),
    ),
    Case(
        "KubeNodeReadinessFlapping",
        "warning",
        {"node": "n1"},
        node("Ready", "true", " ".join(["1 0"] * 60)),
        node("Ready", "true", "1x10 0x110"),
        at="60m",
    ),
    Case(
        "KubeNodeEviction",
        "info",
        {"instance": "n1", "node": "n1", "eviction_signal": "memory.available"},
        evictions("0x10 1x110"),
        evictions("1x120"),
    ),
    Case(
        "KubeletTooManyPods",
        "info",
        {"instance": "n1", "node": "n1"},
        full_node(96),
        full_node(95),
    ),
    *(
        Case(
            f"Kubelet{side}CertificateExpiration",
            severity,
            KUBELET,
            ttl(name, low),
            ttl(name, fine),
        )
        for side, name in (("Client", "client"), ("Server", "server"))
        for severity, low, fine in (("warning", 600000, 700000), ("critical", 80000, 90000))
    ),
    Case(
        "KubeletClientCertificateRenewalErrors",
        "warning",
        KUBELET,
        series("kubelet_certificate_manager_client_expiration_renew_errors", "0+1x120", KUBELET),
        series("kubelet_certificate_manager_client_expiration_renew_errors", 3, KUBELET),
        at="30m",
    ),
    Case(
        "KubeletServerCertificateRenewalErrors",
        "warning",
        KUBELET,
        series("kubelet_server_expiration_renew_errors", "0+1x120", KUBELET),
        series("kubelet_server_expiration_renew_errors", 3, KUBELET),
        at="30m",
    ),
    Case(
        "KubeletInstanceUnreachable",
        "warning",
        KUBELET,
        series("up", 0, KUBELET),
        series("up", 1, KUBELET),
    ),
    Case(
        "KubeletDown",
        "critical",
        {},
        series("kube_node_info", 1, node="n1") | series("up", 0, KUBELET),
        series("kube_node_info", 1, node="n1") | series("up", 1, KUBELET),
    ),
]
