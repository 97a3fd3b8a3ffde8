"""Jobs and CronJobs."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from tools.distil.item import Item, quoted_key
from tools.distil.podstatus import condition
from tools.distil.shapes import count, dig, integer, mapping, mappings, text
from tools.distil.workloads import template

_SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"


def job(item: Item) -> None:
    """State all facts of one Job."""
    for field in ("active", "succeeded", "failed"):
        number = count(item.status.get(field))
        item.say_field(f"job.{field}", number, item.status, "status", field)
    if (limit := integer(item.spec.get("backoffLimit"))) is not None:
        item.say("job.backoff_limit", limit, "spec.backoffLimit")
    if (deadline := integer(item.spec.get("activeDeadlineSeconds"))) is not None:
        item.say("job.deadline", deadline, "spec.activeDeadlineSeconds")
    suspended = item.spec.get("suspend") is True
    item.say_field("job.suspended", suspended, item.spec, "spec", "suspend")
    done = condition(item.raw, "Complete")
    complete = done is not None and done[1].get("status") == "True"
    if done is None:
        item.say("job.complete", False, "status", quote="no Complete condition")
    else:
        path = f"status.conditions[{done[0]}].status"
        item.say("job.complete", complete, path, quote=f"Complete={done[1].get('status')}")
    _times(item)
    _failure(item)
    template(item, mapping(item.spec.get("template")), "spec.template", whole=False)


def _times(item: Item) -> None:
    """The scheduled time of a CronJob's Job, and how long a Job that has ended took."""
    due = text(mapping(item.meta.get("annotations")).get(_SCHEDULED))
    if due:
        path = f"metadata.annotations{quoted_key(_SCHEDULED)}"
        item.say("job.scheduled_at", due, path, quote=f"scheduled: {due}")
    began, ended = (text(item.status.get(key)) for key in ("startTime", "completionTime"))
    try:
        took = datetime.fromisoformat(ended) - datetime.fromisoformat(began)
    except (ValueError, TypeError):  # not ended, or one of them without a zone
        return
    quote = f"startTime: {began} completionTime: {ended}"
    item.say("job.seconds", int(took.total_seconds()), "status", quote=quote)


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
    suspended = item.spec.get("suspend") is True
    item.say_field("cronjob.suspended", suspended, item.spec, "spec", "suspend")
    for name, field in (
        ("last_scheduled", "lastScheduleTime"),
        ("last_success", "lastSuccessfulTime"),
    ):
        item.say_text(f"cronjob.{name}", item.status.get(field), f"status.{field}")
    deadline = integer(item.spec.get("startingDeadlineSeconds"))
    if deadline is not None:
        item.say("cronjob.starting_deadline", deadline, "spec.startingDeadlineSeconds")
    item.say_text("cronjob.zone", item.spec.get("timeZone"), "spec.timeZone")
    active = len(mappings(item.status.get("active")))
    item.say_field("cronjob.active", active, item.status, "status", "active")
    item.say_text(
        "cronjob.concurrency", item.spec.get("concurrencyPolicy"), "spec.concurrencyPolicy"
    )
    body = mapping(dig(item.spec, "jobTemplate", "spec", "template"))
    template(item, body, "spec.jobTemplate.spec.template", whole=False)
