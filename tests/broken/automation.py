"""Things that should happen by themselves and do not: cronjob.*, hpa.*"""

from __future__ import annotations

from typing import Any

from tests.broken import Broken
from tests.clusters import Cluster, owner_reference
from tests.podparts import PodSpec, PodState, ago, box, running, terminated

REPORT = "CronJob/shop/report"
SCALER = "HorizontalPodAutoscaler/shop/cart"
NO_CALM = "KubernetesCronjobTooLong"
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
SCALABLE = {
    "type": "AbleToScale",
    "status": "True",
    "reason": "SucceededGetScale",
    "message": "the HPA controller was able to get the target's current scale",
}


def _cronjob(cluster: Cluster, status: dict[str, Any] | None = None, **spec: Any) -> Any:
    template = {"spec": {"template": PodSpec([box("run")]).template({})}}
    body = {"schedule": "*/5 * * * *", "suspend": False, "jobTemplate": template, **spec}
    return cluster.put("batch/v1", "CronJob", "report", spec=body, status=status or {})


def _run(
    cluster: Cluster, owner: Any, due: float, status: dict[str, Any], state: PodState | None = None
) -> None:
    """A Job of the CronJob for a time `due` seconds ago."""
    reference = {**owner_reference(owner), "apiVersion": "batch/v1"}
    meta = {
        "annotations": {SCHEDULED: ago(due)},
        "creationTimestamp": ago(due),
        "ownerReferences": [reference],
    }
    name, spec = f"report-{29400000 - int(due)}", PodSpec([box("run")])
    cluster.workload("Job", name, spec, [state] if state else [], status=status, meta=meta)


def never_due() -> Broken:
    cluster = Cluster()
    _cronjob(cluster, schedule="0 3 31 4 *")
    says = ('"0 3 31 4 *"', "a day that none of its months has")
    return Broken("cronjob.never-due", REPORT, cluster, says, "CronJobNotScheduled")


def run_hangs() -> Broken:
    cluster = Cluster()
    owner = _cronjob(cluster, {"lastScheduleTime": ago(1800)}, concurrencyPolicy="Forbid")
    state = PodState([running("run")], age=1800)
    _run(cluster, owner, 1800, {"active": 1, "ready": 1, "startTime": ago(1800)}, state)
    text = "Not starting job because prior execution is running and concurrency policy is Forbid"
    cluster.event("CronJob", "report", "JobAlreadyActive", text, type="Normal", count=5)
    says = ("Job report-29398200 has not ended", "Forbid")
    return Broken("cronjob.run-hangs", REPORT, cluster, says, NO_CALM)


def start_missed() -> Broken:
    cluster = Cluster()
    policy = {"concurrencyPolicy": "Forbid", "startingDeadlineSeconds": 20}
    owner = _cronjob(cluster, {"lastScheduleTime": ago(600)}, **policy)
    done = [{"type": "Complete", "status": "True"}]
    for due in (1800, 1200, 600):
        ended = {"startTime": ago(due), "completionTime": ago(due - 400), "succeeded": 1}
        state = PodState([terminated("run", 0, "Completed")], phase="Succeeded", age=due)
        _run(cluster, owner, due, {**ended, "conditions": done}, state)
    says = (
        "has lost 2 starts between its last 3 runs",
        "takes 400 s",
        "startingDeadlineSeconds 20",
    )
    return Broken("cronjob.start-missed", REPORT, cluster, says, "CronJobRunsMissed")


def suspended() -> Broken:
    cluster = Cluster()
    _cronjob(cluster, schedule="0 3 * * *", suspend=True)
    says = ("is suspended",)
    return Broken("cronjob.suspended", REPORT, cluster, says, "KubeCronJobRunning")


def _scaler(
    cause: str,
    conditions: list[dict[str, str]],
    *says: str,
    target: str = "cart",
    status: dict[str, Any] | None = None,
) -> Broken:
    """An autoscaler of 1 to 3 pods at 60 % of the CPU request, and Deployment cart with three."""
    cluster = Cluster()
    cluster.deployment("cart", PodSpec([box("cart")]), [PodState([running("cart")])] * 3)
    goal = {"type": "Utilization", "averageUtilization": 60}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
        "minReplicas": 1,
        "maxReplicas": 3,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": goal}}],
    }
    found = {"currentReplicas": 3, "desiredReplicas": 3, "conditions": conditions, **(status or {})}
    cluster.put("autoscaling/v2", "HorizontalPodAutoscaler", "cart", spec=spec, status=found)
    alert = "KubernetesHpaMetricsUnavailability"
    return Broken(cause, SCALER, cluster, says, alert)


def _inactive(text: str) -> list[dict[str, str]]:
    words = {"reason": "FailedGetResourceMetric", "message": text}
    return [SCALABLE, {"type": "ScalingActive", "status": "False", **words}]


def target_missing() -> Broken:
    text = "the HPA controller was unable to get the target's current scale: "
    condition = {
        "type": "AbleToScale",
        "status": "False",
        "reason": "FailedGetScale",
        "message": text + 'deployments.apps "carts" not found',
    }
    says = ("no Deployment carts in shop", "cart exists")
    return _scaler("hpa.target-missing", [condition], *says, target="carts")


def request_missing() -> Broken:
    text = (
        "the HPA was unable to compute the replica count: failed to get cpu utilization: missing "
        "request for cpu in container cart of Pod cart-6d4f9c8b7d-x2x7k"
    )
    return _scaler("hpa.request-missing", _inactive(text), "container cart", "no cpu request")


def metrics_unavailable() -> Broken:
    text = (
        "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to "
        "get metrics for resource cpu: unable to fetch metrics from resource metrics API: the "
        "server could not find the requested resource (get pods.metrics.k8s.io)"
    )
    return _scaler("hpa.metrics-unavailable", _inactive(text), "gets no figures", "metrics.k8s.io")


def maxed_out() -> Broken:
    active = {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}
    limited = {
        "type": "ScalingLimited",
        "status": "True",
        "reason": "TooManyReplicas",
        "message": "the desired replica count is more than the maximum replica count",
    }
    now = {"name": "cpu", "current": {"averageUtilization": 120, "averageValue": "120m"}}
    status = {"currentMetrics": [{"type": "Resource", "resource": now}]}
    says = ("maximum of 3 replicas", "120 %", "takes 6 replicas")
    conditions = [SCALABLE, active, limited]
    return _scaler("hpa.maxed-out", conditions, *says, status=status)


CASES = (
    never_due,
    run_hangs,
    start_missed,
    suspended,
    target_missing,
    request_missing,
    metrics_unavailable,
    maxed_out,
)
