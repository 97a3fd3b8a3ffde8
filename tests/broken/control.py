"""Pods that are not created, and workloads that stand still: admission.*, quota.*, rollout.*, job.*"""

from __future__ import annotations

from typing import Any

from tests.broken import Broken
from tests.clusters import HASH, Cluster
from tests.podparts import PodSpec, PodState, ago, box, running, terminated

CART = "Deployment/shop/cart"
SPEC = PodSpec([box("cart")])


def denied(
    cause: str,
    message: str,
    *says: str,
    spec: PodSpec = SPEC,
    alive: int = 0,
    kind: str = "Deployment",
) -> Broken:
    """A workload whose pods the API server refuses with this message."""
    cluster = Cluster()
    states = [PodState([running("cart")])] * alive
    failure = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": message,
    }
    if kind == "Deployment":
        cluster.deployment("cart", spec, states, replicas=2, status={"conditions": [failure]})
        cluster.event(
            "ReplicaSet", f"cart-{HASH}", "FailedCreate", f"Error creating: {message}", count=15
        )
    else:
        cluster.workload(kind, "cart", spec, states, status={"desiredNumberScheduled": 1})
        cluster.event(kind, "cart", "FailedCreate", f"Error creating: {message}", count=15)
    return Broken(cause, f"{kind}/shop/cart", cluster, says)


def pod_security() -> Broken:
    message = (
        f'pods "cart-{HASH}-x2x7k" is forbidden: violates PodSecurity "restricted:latest": '
        f'allowPrivilegeEscalation != false (container "cart" must set '
        f"securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or "
        f'container "cart" must set securityContext.runAsNonRoot=true)'
    )
    return denied(
        "admission.pod-security",
        message,
        "Pod Security admission of namespace shop forbids",
        "restricted:latest",
        "runAsNonRoot != true",
    )


def webhook() -> Broken:
    message = (
        'admission webhook "validate.kyverno.svc-fail" denied the request: resource '
        "Pod/shop/cart was blocked: image tag latest is not allowed"
    )
    return denied(
        "admission.webhook-denied",
        message,
        "admission webhook validate.kyverno.svc-fail",
        "image tag latest is not allowed",
    )


def service_account() -> Broken:
    message = (
        f'pods "cart-{HASH}-" is forbidden: error looking up service account shop/cart-sa: '
        f'serviceaccount "cart-sa" not found'
    )
    spec = PodSpec([box("cart")], more={"serviceAccountName": "cart-sa"})
    return denied(
        "admission.service-account-missing",
        message,
        "ServiceAccount cart-sa does not exist in namespace shop",
        spec=spec,
    )


def priority_class() -> Broken:
    message = f'pods "cart-{HASH}-" is forbidden: no PriorityClass with name critical was found'
    spec = PodSpec([box("cart")], more={"priorityClassName": "critical"})
    return denied(
        "admission.denied",
        message,
        "refuses its pods",
        "no PriorityClass with name critical",
        spec=spec,
    )


def policy() -> Broken:
    message = (
        f"pods \"cart-{HASH}-x2x7k\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with "
        f"binding 'no-latest' denied request: images must be pinned"
    )
    return denied("admission.denied", message, "refuses its pods", "images must be pinned")


def quota_none() -> Broken:
    message = (
        f'pods "cart-{HASH}-x2x7k" is forbidden: exceeded quota: compute, requested: '
        f"requests.cpu=500m, used: requests.cpu=2, limited: requests.cpu=2"
    )
    broken = denied(
        "quota.exceeded",
        message,
        "ResourceQuota compute (requests.cpu 2, 2 used) forbids the pod (500m)",
        "no pod is created",
    )
    _quota(broken.cluster, {"requests.cpu": "2"}, {"requests.cpu": "2"})
    return broken


def quota_some() -> Broken:
    message = (
        f'pods "cart-{HASH}-m4qvz" is forbidden: exceeded quota: compute, requested: pods=1, '
        f"used: pods=1, limited: pods=1"
    )
    broken = denied(
        "quota.exceeded",
        message,
        "ResourceQuota compute (pods 1, 1 used)",
        "only 1 of 2 run",
        alive=1,
    )
    _quota(broken.cluster, {"pods": "1"}, {"pods": "1"})
    return broken


def _quota(cluster: Cluster, hard: dict[str, str], used: dict[str, str]) -> None:
    cluster.put(
        "v1", "ResourceQuota", "compute", spec={"hard": hard}, status={"hard": hard, "used": used}
    )


def quota_unstated() -> Broken:
    message = (
        f'pods "cart-{HASH}-x2x7k" is forbidden: failed quota: compute: must specify '
        f"limits.memory for: cart; requests.memory for: cart"
    )
    broken = denied(
        "quota.requests-required",
        message,
        "ResourceQuota compute demands",
        "must specify limits.memory for: cart",
    )
    _quota(broken.cluster, {"limits.memory": "2Gi"}, {"limits.memory": "0"})
    return broken


def limit_range() -> Broken:
    message = (
        f'pods "cart-{HASH}-x2x7k" is forbidden: maximum memory usage per Container is 256Mi, '
        f"but limit is 1Gi"
    )
    broken = denied(
        "quota.limit-range",
        message,
        "LimitRange",
        "maximum memory usage per Container is 256Mi, but limit is 1Gi",
    )
    broken.cluster.put(
        "v1",
        "LimitRange",
        "bounds",
        spec={"limits": [{"type": "Container", "max": {"memory": "256Mi"}}]},
    )
    return broken


def rollout_paused() -> Broken:
    cluster = Cluster()
    good = PodState([running("cart")])
    paused = {
        "type": "Progressing",
        "status": "Unknown",
        "reason": "DeploymentPaused",
        "message": "Deployment is paused",
    }
    cluster.deployment(
        "cart",
        SPEC,
        [good, good],
        paused=True,
        status={"conditions": [paused], "updatedReplicas": 0},
    )
    says = ("its rollout is paused", "0 of 2 replicas")
    return Broken("rollout.paused", CART, cluster, says, "KubeDeploymentRolloutStuck")


def rollout_stuck() -> Broken:
    """Pods run and are ready, but never for minReadySeconds, as far as anything shows."""
    cluster = Cluster()
    message = f'ReplicaSet "cart-{HASH}" has timed out progressing.'
    late = {
        "type": "Progressing",
        "status": "False",
        "reason": "ProgressDeadlineExceeded",
        "message": message,
    }
    cluster.deployment(
        "cart",
        SPEC,
        [PodState([running("cart")])] * 2,
        replicas=3,
        status={"conditions": [late]},
        minReadySeconds=900,
    )
    says = ("makes no progress", "has timed out progressing")
    return Broken("rollout.stuck", CART, cluster, says, "KubeDeploymentRolloutStuck")


def rollout_unobserved() -> Broken:
    cluster = Cluster()
    state = PodState([running("cart")])
    cluster.workload(
        "StatefulSet",
        "cart",
        SPEC,
        [state],
        status={"observedGeneration": 3, "readyReplicas": 0},
        meta={"generation": 4},
    )
    says = ("makes no progress",)
    return Broken(
        "rollout.stuck", "StatefulSet/shop/cart", cluster, says, "KubeStatefulSetUpdateNotRolledOut"
    )


def deletion_blocked() -> Broken:
    cluster = Cluster()
    meta = {
        "deletionTimestamp": ago(5400),
        "deletionGracePeriodSeconds": 30,
        "finalizers": ["example.com/deregister"],
    }
    leaving = PodState([terminated("cart", 0)], meta=meta, age=9000)
    counts = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}
    states = [PodState([running("cart")]), leaving]
    cluster.deployment("cart", SPEC, states, replicas=1, status=counts)
    says = ("pod cart-6d4f9c8b7d-m4qvz should be gone since", "finalizer example.com/deregister")
    return Broken("rollout.deletion-blocked", CART, cluster, says, "KubePodNotReady")


def _job(cause: str, reason: str, message: str, log: str, *says: str, **spec: Any) -> Broken:
    cluster = Cluster()
    failed = {
        "type": "Failed",
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": ago(60),
    }
    body = PodSpec([box("run")], more={"restartPolicy": "Never"})
    states = [PodState([terminated("run", 1)], phase="Failed")] * 3 if log else []
    status = {
        "failed": 3,
        "conditions": [{**failed, "type": "FailureTarget"}, failed],
        "startTime": ago(900),
    }
    for pod in cluster.workload("Job", "report", body, states, status=status, **spec):
        cluster.write_log(pod, "run", log)
    cluster.event("Job", "report", reason, message, count=1)
    return Broken(cause, "Job/shop/report", cluster, says, "KubeJobFailed")


def job_error() -> Broken:
    log = "reading salaries\nERROR: table salaries_2026_11 does not exist\n"
    return _job(
        "job.app-error",
        "BackoffLimitExceeded",
        "Job has reached the specified backoff limit",
        log,
        "BackoffLimitExceeded",
        "exits 1",
        "salaries_2026_11",
    )


def cronjob_error() -> Broken:
    cluster = Cluster()
    template = {"spec": {"template": SPEC.template({})}}
    owner = cluster.put(
        "batch/v1",
        "CronJob",
        "report",
        spec={"schedule": "*/5 * * * *", "jobTemplate": template},
        status={"lastScheduleTime": ago(300)},
    )
    reference = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": "report",
        "uid": owner["metadata"]["uid"],
        "controller": True,
    }
    message = "Job has reached the specified backoff limit"
    failed = {
        "type": "Failed",
        "status": "True",
        "reason": "BackoffLimitExceeded",
        "message": message,
    }
    meta = {"creationTimestamp": ago(300), "ownerReferences": [reference]}
    state = PodState([terminated("run", 4)], phase="Failed", age=290)
    body = PodSpec([box("run")], more={"restartPolicy": "Never"})
    status = {"failed": 1, "conditions": [failed]}
    for pod in cluster.workload("Job", "report-29401", body, [state], status=status, meta=meta):
        cluster.write_log(pod, "run", "ERROR: no rates for 2026-11-23\n")
    says = ("BackoffLimitExceeded", "exits 4", "no rates for")
    return Broken("job.app-error", "CronJob/shop/report", cluster, says, "KubeJobFailed")


def job_deadline() -> Broken:
    message = "Job was active longer than specified deadline"
    return _job(
        "job.deadline-exceeded",
        "DeadlineExceeded",
        message,
        "",
        "deadline of 600 s",
        activeDeadlineSeconds=600,
    )


def job_suspended() -> Broken:
    cluster = Cluster()
    suspended = {
        "type": "Suspended",
        "status": "True",
        "reason": "JobSuspended",
        "message": "Job suspended",
    }
    cluster.workload(
        "Job", "report", PodSpec([box("run")]), [], suspend=True, status={"conditions": [suspended]}
    )
    says = ("is suspended", "starts nothing")
    return Broken("job.suspended", "Job/shop/report", cluster, says, "KubeJobNotCompleted")


CASES = (
    pod_security,
    webhook,
    service_account,
    priority_class,
    policy,
    quota_none,
    quota_some,
    quota_unstated,
    limit_range,
    rollout_paused,
    rollout_stuck,
    rollout_unobserved,
    deletion_blocked,
    job_error,
    cronjob_error,
    job_deadline,
    job_suspended,
)
