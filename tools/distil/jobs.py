"""Jobs and CronJobs."""

from __future__ import annotations

from pydantic import JsonValue

from tools.distil.item import Item
from tools.distil.podstatus import condition
from tools.distil.shapes import count, dig, integer, mapping, mappings, text
from tools.distil.workloads import template


def job(item: Item) -> None:
    """State all facts of one Job."""
    for field in ("active", "succeeded", "failed"):
        item.say(f"job.{field}", count(item.status.get(field)), f"status.{field}")
    if (limit := integer(item.spec.get("backoffLimit"))) is not None:
        item.say("job.backoff_limit", limit, "spec.backoffLimit")
    if (deadline := integer(item.spec.get("activeDeadlineSeconds"))) is not None:
        item.say("job.deadline", deadline, "spec.activeDeadlineSeconds")
    item.say("job.suspended", item.spec.get("suspend") is True, "spec.suspend")
    done = condition(item.raw, "Complete")
    complete = done is not None and done[1].get("status") == "True"
    path = "status.conditions" if done is None else f"status.conditions[{done[0]}].status"
    item.say("job.complete", complete, path, quote=f"Complete: {complete}")
    _failure(item)
    template(item, mapping(item.spec.get("template")), "spec.template", whole=False)


def _failure(item: Item) -> None:
    """FailureTarget is set first (since 1.31) and Failed only once the pods are gone."""
    for kind in ("Failed", "FailureTarget"):
        found = condition(item.raw, kind)
        if found is not None and found[1].get("status") == "True":
            n, entry = found
            reason, message = text(entry.get("reason")), text(entry.get("message"))
            value: dict[str, JsonValue] = {"reason": reason, "message": message}
            path = f"status.conditions[{n}]"
            item.say("job.failure", value, path, quote=f"{kind}: {reason}: {message}")
            return


def cronjob(item: Item) -> None:
    """State all facts of one CronJob."""
    item.say_text("cronjob.schedule", item.spec.get("schedule"), "spec.schedule")
    item.say("cronjob.suspended", item.spec.get("suspend") is True, "spec.suspend")
    for name, field in (("last_scheduled", "lastScheduleTime"), ("last_success", "lastSuccessfulTime")):
        item.say_text(f"cronjob.{name}", item.status.get(field), f"status.{field}")
    item.say("cronjob.active", len(mappings(item.status.get("active"))), "status.active")
    item.say_text("cronjob.concurrency", item.spec.get("concurrencyPolicy"), "spec.concurrencyPolicy")
    body = mapping(dig(item.spec, "jobTemplate", "spec", "template"))
    template(item, body, "spec.jobTemplate.spec.template", whole=False)
