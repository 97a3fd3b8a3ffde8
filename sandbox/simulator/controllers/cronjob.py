"""The CronJob controller: a Job whenever the schedule says so, and no more of them than allowed."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

from sandbox.simulator import schedules
from sandbox.simulator.clock import seconds
from sandbox.simulator.conditions import condition
from sandbox.simulator.controllers.owned import owned, reference
from sandbox.simulator.defaults import defaulted
from sandbox.simulator.deletion import delete, going
from sandbox.simulator.engine import Engine
from sandbox.simulator.references import object_reference
from sandbox.simulator.resources import BY_KIND
from sandbox.simulator.store import Object, timestamp
from sandbox.simulator.writes.strategy import prepare_create

COMPONENT = "cronjob-controller"
MANY_MISSED = 100
"""Missed times from which the controller complains about the clock."""
LATE = 0.1
"""Seconds after the scheduled time at which the controller looks (nextScheduleDelta)."""
NEVER = "time difference between two schedules is less than 1 second"
"""What the controller says of a schedule that is never due: two zero times lie 0 seconds apart."""
SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Look after the Jobs of a CronJob, start the one that is due, and say when the next is."""
    cron = engine.store.get("batch/cronjobs", namespace, name)
    if cron is None or going(cron):
        return None
    jobs = owned(engine.store, "batch/jobs", cron)
    cron = _look_after(engine, cron, jobs)
    spec = cron["spec"]
    zone = spec.get("timeZone")
    try:
        due, many = _due(engine, cron)
        following = next(schedules.times(spec["schedule"], engine.now, zone), None)
    except schedules.ZoneError as error:
        text = f'invalid timeZone: "{zone}": {error}'
        engine.event(cron, "Warning", "UnknownTimeZone", text, COMPONENT)
        return None
    except schedules.ScheduleError as error:
        text = f'unparseable schedule: "{spec["schedule"]}" : {error}'
        engine.event(cron, "Warning", "UnparseableSchedule", text, COMPONENT)
        return None
    if spec.get("suspend"):
        return None
    if following is None:
        text = f"invalid schedule: {spec['schedule']} : {NEVER}"
        engine.event(cron, "Warning", "InvalidSchedule", text, COMPONENT)
        return None
    if many:
        text = (
            "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check "
            "clock skew"
        )
        engine.event(cron, "Warning", "TooManyMissedTimes", text, COMPONENT)
    again = (following - engine.now).total_seconds() + LATE
    if due is not None:
        _start(engine, cron, due)
    return again


def _look_after(engine: Engine, cron: Object, jobs: list[Object]) -> Object:
    """Notice Jobs that have ended, gone or come from elsewhere; remove old ones."""
    status = copy.deepcopy(cron.get("status") or {})
    active: list[dict[str, Any]] = status.get("active") or []
    uids = {item.get("uid") for item in active}
    for job in jobs:
        meta, ended = job["metadata"], _ended(job)
        if meta["uid"] not in uids:
            if ended is None:
                text = f"Saw a job that the controller did not create or forgot: {meta['name']}"
                engine.event(cron, "Warning", "UnexpectedJob", text, COMPONENT)
            elif ended == "Complete":
                _succeeded(status, job)
            continue
        if ended is not None:
            active = [item for item in active if item.get("uid") != meta["uid"]]
            text = f"Saw completed job: {meta['name']}, condition: {ended}"
            engine.event(cron, "Normal", "SawCompletedJob", text, COMPONENT)
            if ended == "Complete":
                _succeeded(status, job)
    known = {job["metadata"]["uid"] for job in jobs}
    for item in [item for item in active if item.get("uid") not in known]:
        active = [other for other in active if other is not item]
        text = f"Active job went missing: {item.get('name', '')}"
        engine.event(cron, "Normal", "MissingJob", text, COMPONENT)
    for result, field in (("Complete", "successful"), ("Failed", "failed")):
        limit = cron["spec"].get(f"{field}JobsHistoryLimit")
        found = [job for job in jobs if _ended(job) == result and not going(job)]
        for job in found[: max(len(found) - limit, 0)] if limit is not None else []:
            _delete(engine, cron, job)
    return _write(engine, cron, status, active)


def _ended(job: Object) -> str | None:
    for type_ in ("Complete", "Failed"):
        found = condition(job, type_)
        if found is not None and found["status"] == "True":
            return type_
    return None


def _succeeded(status: dict[str, Any], job: Object) -> None:
    done = job["status"].get("completionTime", "")
    if done > status.get("lastSuccessfulTime", ""):
        status["lastSuccessfulTime"] = done


def _write(
    engine: Engine, cron: Object, status: dict[str, Any], active: list[dict[str, Any]]
) -> Object:
    status = {field: value for field, value in status.items() if field != "active"}
    if active:
        status["active"] = active
    return engine.set_status(cron, dict(sorted(status.items())))


def _due(engine: Engine, cron: Object) -> tuple[datetime | None, bool]:
    """The latest time that has passed without a Job, and whether very many have."""
    spec, status = cron["spec"], cron.get("status") or {}
    earliest = datetime.fromisoformat(
        status.get("lastScheduleTime") or cron["metadata"]["creationTimestamp"]
    )
    deadline = spec.get("startingDeadlineSeconds")
    if deadline is not None:
        earliest = max(earliest, engine.now - seconds(deadline))
    due: datetime | None = None
    missed = 0
    for moment in schedules.times(spec["schedule"], earliest, spec.get("timeZone")):
        if moment > engine.now:
            break
        due, missed = moment, missed + 1
        if missed > 20 * MANY_MISSED:  # years of a schedule of minutes: start near the present
            recent = engine.now - timedelta(days=1)
            for last in schedules.times(spec["schedule"], recent, spec.get("timeZone")):
                if last > engine.now:
                    break
                due = last
            break
    return due, missed > MANY_MISSED


def _start(engine: Engine, cron: Object, due: datetime) -> None:
    """Create the Job of a time, unless it is too late for it or another one forbids it."""
    spec, status = cron["spec"], dict(cron.get("status") or {})
    deadline = spec.get("startingDeadlineSeconds")
    if deadline is not None and due + seconds(deadline) < engine.now:
        text = f"Missed scheduled time to start a job: {due:%a, %d %b %Y %H:%M:%S} +0000"
        engine.event(cron, "Warning", "MissSchedule", text, COMPONENT)
        return
    if status.get("lastScheduleTime") == timestamp(due):
        return
    active = list(status.get("active") or [])
    policy = spec.get("concurrencyPolicy", "Allow")
    if policy == "Forbid" and active:
        text = (
            "Not starting job because prior execution is running and concurrency policy is Forbid"
        )
        engine.event(cron, "Normal", "JobAlreadyActive", text, COMPONENT)
        return
    if policy == "Replace":
        for job in owned(engine.store, "batch/jobs", cron):
            if job["metadata"]["uid"] in {item.get("uid") for item in active}:
                _delete(engine, cron, job)
        active = []
    job = _job_of(engine, cron, due)
    name = job["metadata"]["name"]
    if engine.store.get("batch/jobs", job["metadata"]["namespace"], name) is not None:
        return
    stored = engine.create(job)
    engine.event(cron, "Normal", "SuccessfulCreate", f"Created job {name}", COMPONENT)
    meta = stored["metadata"]
    active.append(object_reference(stored))
    status["lastScheduleTime"] = timestamp(due)
    fresh = engine.store.get("batch/cronjobs", meta["namespace"], cron["metadata"]["name"])
    _write(engine, fresh or cron, status, active)


def _job_of(engine: Engine, cron: Object, due: datetime) -> Object:
    """The Job of a scheduled time; its name tells the minute since 1970."""
    template, meta = cron["spec"]["jobTemplate"], cron["metadata"]
    own = copy.deepcopy(template.get("metadata") or {})
    notes = {**own.get("annotations", {}), SCHEDULED_AT: timestamp(due)}
    own.update(
        annotations=dict(sorted(notes.items())),
        name=f"{meta['name']}-{int(due.timestamp()) // 60}",
        namespace=meta["namespace"],
        ownerReferences=[reference(cron)],
    )
    job: Object = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": own,
        "spec": copy.deepcopy(template["spec"]),
    }
    row = BY_KIND[("batch/v1", "Job")]
    return prepare_create(engine, row, defaulted(job), dry_run=False)


def _delete(engine: Engine, cron: Object, job: Object) -> None:
    delete(engine, job, policy="Background")
    text = f"Deleted job {job['metadata']['name']}"
    engine.event(cron, "Normal", "SuccessfulDelete", text, COMPONENT)
