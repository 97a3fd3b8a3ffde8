"""Schedules and the CronJob controller."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.simulator.controllers.owned import owned
from sandbox.simulator.engine import Engine
from sandbox.simulator.schedules import ScheduleError, ZoneError, check, times
from sandbox.simulator.store import timestamp
from tests.unit.simulator_physics.labs import NS, START, container, lab, messages, obj, template

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def first(schedule: str, number: int = 1, zone: str | None = None) -> list[str]:
    return [timestamp(at) for at in islice(times(schedule, MONDAY, zone), number)]


@pytest.mark.parametrize(
    ("schedule", "zone", "expected"),
    [
        ("*/5 * * * *", None, ["2026-11-23T02:05:00Z", "2026-11-23T02:10:00Z"]),
        ("@hourly", None, ["2026-11-23T03:00:00Z", "2026-11-23T04:00:00Z"]),
        ("30 3 * * *", "Europe/Berlin", ["2026-11-23T02:30:00Z", "2026-11-24T02:30:00Z"]),
        ("0 0 1 JAN ?", None, ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
        ("0 0 */2 * MON", None, ["2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z"]),
        ("0 0 31 2 MON", None, ["2027-02-01T00:00:00Z", "2027-02-08T00:00:00Z"]),
        ("@every 1h30m", None, ["2026-11-23T03:30:00Z", "2026-11-23T05:00:00Z"]),
    ],
)  # fmt: skip
def test_times(schedule: str, zone: str | None, expected: list[str]) -> None:
    assert first(schedule, 2, zone) == expected


@pytest.mark.parametrize(
    "schedule",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* * * * 7", "0 0 L * *", "0 0 * * 5#2", "@often",
     "TZ=UTC * * * * *", "a b c d e", "5-1 * * * *", "*/0 * * * *"],
)  # fmt: skip
def test_schedules_that_robfig_does_not_parse(schedule: str) -> None:
    with pytest.raises(ScheduleError):
        check(schedule)


@pytest.mark.parametrize("schedule", ["0 0 31 2 *", "0 0 30-31 FEB *", "5 4 31 4,6,9,11 ?"])
def test_a_day_that_no_month_has_is_never_due(schedule: str) -> None:
    check(schedule)
    assert first(schedule) == []


def test_an_unknown_zone() -> None:
    with pytest.raises(ZoneError, match="unknown time zone Mars/Base"):
        first("* * * * *", 1, "Mars/Base")


minute = st.one_of(
    st.just("*"), st.integers(0, 59).map(str), st.sampled_from(["*/7", "3,9", "5-8"])
)
hour = st.one_of(st.just("*"), st.integers(0, 23).map(str), st.sampled_from(["*/6", "1,23"]))
day = st.one_of(st.just("*"), st.integers(1, 28).map(str), st.sampled_from(["*/2", "10-12"]))
month = st.one_of(st.just("*"), st.sampled_from(["1", "2,3", "JUL", "*/5"]))
weekday = st.one_of(st.just("*"), st.integers(0, 6).map(str), st.sampled_from(["MON-WED", "*/3"]))


@settings(max_examples=60, deadline=None)
@given(st.tuples(minute, hour, day, month, weekday).map(" ".join), st.integers(0, 500_000))
def test_each_time_matches_and_none_between_does(schedule: str, offset: int) -> None:
    after = MONDAY + timedelta(minutes=offset)
    found = next(times(schedule, after))
    assert found > after
    assert found.second == 0
    assert _matches(schedule, found)
    moment = after.replace(second=0) + timedelta(minutes=1)
    for _ in range(2000):
        if moment >= found:
            break
        assert not _matches(schedule, moment)
        moment += timedelta(minutes=1)


def _matches(schedule: str, at: datetime) -> bool:
    """robfig/cron's rule: days are joined by `or` when both are restricted."""
    fields = schedule.split()
    names = {"JUL": "7", "MON-WED": "1-3"}
    fields = [names.get(field, field) for field in fields]
    values = (at.minute, at.hour, at.day, at.month, at.isoweekday() % 7)
    lows = (0, 0, 1, 1, 0)
    fits = [_fits(f, v, low) for f, v, low in zip(fields, values, lows, strict=True)]
    both = fields[2] != "*" and fields[4] != "*"
    days = fits[2] or fits[4] if both else fits[2] and fits[4]
    return fits[0] and fits[1] and fits[3] and days


def _fits(field: str, value: int, low: int) -> bool:
    if field.startswith("*/"):
        return (value - low) % int(field[2:]) == 0
    if field == "*":
        return True
    if "-" in field:
        start, end = map(int, field.split("-"))
        return start <= value <= end
    return value in map(int, field.split(","))


def cron(schedule: str = "*/5 * * * *", pods: Any = None, **spec: Any) -> dict[str, Any]:
    body = pods or template(container(), restartPolicy="Never")
    job = {"spec": {"template": body, "backoffLimit": 0}}
    spec = {"schedule": schedule, "jobTemplate": job, **spec}
    return obj("CronJob", "tidy", "batch/v1", spec=spec)


def done(after: float = 10, code: int = 0) -> dict[str, Any]:
    return {"apps": [{"image": "acme/app:1", "exits": {"after": after, "code": code}}]}


def jobs(engine: Engine) -> list[str]:
    found = engine.store.get("batch/cronjobs", NS, "tidy")
    assert found is not None
    return [job["metadata"]["name"] for job in owned(engine.store, "batch/jobs", found)]


def status(engine: Engine) -> dict[str, Any]:
    found = engine.store.get("batch/cronjobs", NS, "tidy")
    assert found is not None
    shown: dict[str, Any] = found["status"]
    return shown


def test_a_job_each_five_minutes_and_three_of_them_kept() -> None:
    engine = lab(done(), cron())
    engine.advance(3600)
    minutes = int(START.timestamp()) // 60
    assert jobs(engine) == [f"tidy-{minutes + number}" for number in (50, 55, 60)]
    assert status(engine)["lastScheduleTime"] == "2026-11-23T03:00:00Z"
    assert status(engine)["lastSuccessfulTime"].startswith("2026-11-23T03:00:")
    assert "active" not in status(engine)
    assert f"Created job tidy-{minutes + 60}" in messages(engine, "SuccessfulCreate")[-1]
    assert any(
        text == f"Saw completed job: tidy-{minutes + 5}, condition: Complete"
        for text in messages(engine, "SawCompletedJob")
    )
    assert messages(engine, "SuccessfulDelete")
    job = engine.store.get("batch/jobs", NS, jobs(engine)[0])
    assert job is not None
    notes = job["metadata"]["annotations"]
    assert notes["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2026-11-23T02:50:00Z"


def test_failed_jobs_are_kept_apart() -> None:
    engine = lab(done(code=1), cron())
    engine.advance(3600)
    assert len(jobs(engine)) == 1
    assert "lastSuccessfulTime" not in status(engine)


def test_forbid_waits_for_the_job_before() -> None:
    engine = lab(done(after=700), cron(concurrencyPolicy="Forbid"))
    engine.advance(11 * 60)
    assert len(jobs(engine)) == 1
    assert messages(engine, "JobAlreadyActive") == [
        "Not starting job because prior execution is running and concurrency policy is Forbid"
    ]
    assert len(status(engine)["active"]) == 1
    engine.advance(600)
    assert len(jobs(engine)) == 2


def test_replace_deletes_the_job_before() -> None:
    engine = lab(done(after=7000), cron(concurrencyPolicy="Replace"))
    engine.advance(16 * 60)
    assert len(jobs(engine)) == 1
    assert len(messages(engine, "SuccessfulDelete")) == 2
    assert [item["name"] for item in status(engine)["active"]] == jobs(engine)


def test_suspended_until_it_is_not() -> None:
    engine = lab(done(), cron(suspend=True))
    engine.advance(1000)
    assert jobs(engine) == []
    found = engine.store.get("batch/cronjobs", NS, "tidy")
    assert found is not None
    engine.store.put({**found, "spec": {**found["spec"], "suspend": False}})
    engine.advance(5)
    assert len(jobs(engine)) == 1  # the latest of the missed ones


def test_a_deadline_forgets_what_was_missed() -> None:
    engine = lab(done(), cron(suspend=True, startingDeadlineSeconds=30))
    engine.advance(12 * 60)
    found = engine.store.get("batch/cronjobs", NS, "tidy")
    assert found is not None
    engine.store.put({**found, "spec": {**found["spec"], "suspend": False}})
    engine.advance(30)
    assert jobs(engine) == []  # nothing was due within the last half minute
    engine.advance(120)
    assert len(jobs(engine)) == 1


def test_too_many_missed_times() -> None:
    engine = lab(done(), cron("* * * * *", suspend=True))
    engine.advance(3 * 3600)
    found = engine.store.get("batch/cronjobs", NS, "tidy")
    assert found is not None
    engine.store.put({**found, "spec": {**found["spec"], "suspend": False}})
    engine.advance(3)
    assert messages(engine, "TooManyMissedTimes") == [
        "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
    ]
    assert len(jobs(engine)) == 1


def test_schedules_and_zones_that_do_not_exist() -> None:
    engine = lab(None, cron(timeZone="Europe/Berlin"))
    found = engine.store.get("batch/cronjobs", NS, "tidy")
    assert found is not None
    engine.store.put({**found, "spec": {**found["spec"], "timeZone": "Mars/Base"}})
    engine.advance(1)
    assert messages(engine, "UnknownTimeZone") == [
        'invalid timeZone: "Mars/Base": unknown time zone Mars/Base'
    ]
    engine.store.put({**found, "spec": {**found["spec"], "schedule": "59 23 31 2 *"}})
    engine.advance(1)
    assert messages(engine, "InvalidSchedule") == [
        "invalid schedule: 59 23 31 2 * : time difference between two schedules is less than 1 second"
    ]
    engine.store.put({**found, "spec": {**found["spec"], "schedule": "* * *"}})
    engine.advance(1)
    assert messages(engine, "UnparseableSchedule")[0].startswith('unparseable schedule: "* * *" : ')


def test_a_missing_job_and_a_strange_one_are_told() -> None:
    engine = lab(done(after=1000), cron())
    engine.advance(6 * 60)
    (name,) = jobs(engine)
    job = engine.store.get("batch/jobs", NS, name)
    assert job is not None
    meta = {
        "name": "by-hand",
        "namespace": NS,
        "ownerReferences": job["metadata"]["ownerReferences"],
    }
    engine.create({**job, "metadata": meta})
    engine.store.delete("batch/jobs", NS, name)
    engine.advance(1)
    assert messages(engine, "MissingJob") == [f"Active job went missing: {name}"]
    assert messages(engine, "UnexpectedJob") == [
        "Saw a job that the controller did not create or forgot: by-hand"
    ]
