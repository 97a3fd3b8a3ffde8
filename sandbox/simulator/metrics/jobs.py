"""kube_job_* and kube_cronjob_*."""

from __future__ import annotations

from sandbox.simulator.metrics.page import Page, labels
from sandbox.simulator.metrics.pods import TRUTH, owners
from sandbox.simulator.store import Object

FAILURES = ("BackoffLimitExceeded", "DeadlineExceeded", "Evicted")
"""The reasons that kube-state-metrics tells apart."""


def job(page: Page, obj: Object) -> None:
    """All samples of one Job."""
    meta, spec, status = obj["metadata"], obj["spec"], obj.get("status", {})
    where = labels(namespace=meta["namespace"], job_name=meta["name"])
    page.add("kube_job_info", where, 1)
    page.time("kube_job_created", where, meta["creationTimestamp"])
    owners(page, "kube_job_owner", where, obj)
    page.optional("kube_job_spec_parallelism", where, spec.get("parallelism"))
    page.optional("kube_job_spec_completions", where, spec.get("completions"))
    deadline = spec.get("activeDeadlineSeconds")
    page.optional("kube_job_spec_active_deadline_seconds", where, deadline)
    page.add("kube_job_status_active", where, status.get("active", 0))
    page.add("kube_job_status_succeeded", where, status.get("succeeded", 0))
    page.time("kube_job_status_start_time", where, status.get("startTime"))
    page.time("kube_job_status_completion_time", where, status.get("completionTime"))
    reason = ""
    for item in status.get("conditions") or []:
        name = {"Complete": "kube_job_complete", "Failed": "kube_job_failed"}.get(item["type"])
        if name is not None:
            page.states(name, where, "condition", TRUTH, item["status"].lower())
        if item["type"] == "Failed":
            reason = item.get("reason", "")
    failed = status.get("failed", 0)
    if not failed:
        page.add("kube_job_status_failed", where, 0)
    elif reason in FAILURES:
        page.states("kube_job_status_failed", where, "reason", FAILURES, reason)
    else:
        page.add("kube_job_status_failed", where, failed, reason="")


def cronjob(page: Page, obj: Object) -> None:
    """All samples of one CronJob."""
    meta, spec, status = obj["metadata"], obj["spec"], obj.get("status", {})
    where = labels(namespace=meta["namespace"], cronjob=meta["name"])
    page.add(
        "kube_cronjob_info",
        where,
        1,
        schedule=spec["schedule"],
        concurrency_policy=spec.get("concurrencyPolicy", "Allow"),
        timezone=spec.get("timeZone", "local"),
    )
    page.time("kube_cronjob_created", where, meta["creationTimestamp"])
    page.add("kube_cronjob_spec_suspend", where, bool(spec.get("suspend")))
    page.add("kube_cronjob_status_active", where, len(status.get("active") or []))
    page.time("kube_cronjob_status_last_schedule_time", where, status.get("lastScheduleTime"))
    page.time("kube_cronjob_status_last_successful_time", where, status.get("lastSuccessfulTime"))
    for metric, field in (
        ("starting_deadline_seconds", "startingDeadlineSeconds"),
        ("successful_job_history_limit", "successfulJobsHistoryLimit"),
        ("failed_job_history_limit", "failedJobsHistoryLimit"),
    ):
        page.optional(f"kube_cronjob_spec_{metric}", where, spec.get(field))
