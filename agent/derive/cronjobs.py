"""CronJobs: schedules that are never due, runs that keep later ones from starting, starts that are lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from agent.derive.derivation import Derivation
from agent.derive.moments import cluster_now, parse_time
from tools.fact import Fact
from tools.objects import ObjectRef

LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
BLOCKED_STARTS = 2
"""Starts that one run must have cost before it counts as one that hangs: the first may be a slow day."""
LATE = timedelta(seconds=30)
"""A start that is so young may just be on its way."""
MAX_STARTS = 1000
"""Starts that are counted; more tell nothing new."""


def derive_cronjobs(derivation: Derivation) -> None:
    """State cronjob.never_due, cronjob.blocked and cronjob.lost."""
    index = derivation.index
    for cronjob in index.objects("CronJob"):
        schedule = index.fact(cronjob, "cronjob.schedule")
        if schedule is None:
            continue
        if _never(str(schedule.value)):
            derivation.state(cronjob, "cronjob.never_due", True, [schedule])
        elif index.value(cronjob, "cronjob.concurrency") == "Forbid":
            _blocked(derivation, cronjob, schedule)
            _lost(derivation, cronjob, schedule)


def _never(schedule: str) -> bool:
    """Whether it is well-formed and has no next time."""
    from sandbox.simulator.schedules import ScheduleError, times

    try:
        return next(times(schedule, LONG_AGO), None) is None
    except ScheduleError:
        return False


def _between(
    derivation: Derivation, cronjob: ObjectRef, schedule: Fact, after: datetime, until: datetime
) -> int:
    """How many due times lie between two moments, without them."""
    return sum(1 for _ in _due(derivation, cronjob, schedule, after, until))


def _due(
    derivation: Derivation, cronjob: ObjectRef, schedule: Fact, after: datetime, until: datetime
) -> Iterator[datetime]:
    from sandbox.simulator.schedules import ScheduleError, ZoneError, times

    zone = derivation.index.value(cronjob, "cronjob.zone")
    found = times(str(schedule.value), after, zone if isinstance(zone, str) else None)
    try:
        for count, moment in enumerate(found):
            if moment >= until or count >= MAX_STARTS:
                return
            yield moment
    except (ScheduleError, ZoneError):
        return


def _runs(derivation: Derivation, cronjob: ObjectRef) -> list[tuple[datetime, ObjectRef]]:
    """Its scheduled Jobs, the earliest first."""
    index = derivation.index
    found = [
        (moment, job)
        for job in derivation.owners.sets.get(cronjob, [])
        if (moment := parse_time(index.value(job, "job.scheduled_at"))) is not None
    ]
    return sorted(found, key=lambda item: item[0])


def _blocked(derivation: Derivation, cronjob: ObjectRef, schedule: Fact) -> None:
    index = derivation.index
    now = cluster_now(index)
    for scheduled, job in _runs(derivation, cronjob):
        ended = index.value(job, "job.complete") is True or index.fact(job, "job.failure")
        active = index.fact(job, "job.active")
        if now is None or ended or active is None or not index.number(job, "job.active"):
            continue
        starts = _between(derivation, cronjob, schedule, scheduled, now - LATE)
        if starts >= BLOCKED_STARTS:
            at = index.fact(job, "job.scheduled_at")
            policy = index.fact(cronjob, "cronjob.concurrency")
            value = {"job": job.name, "since": scheduled.isoformat(), "starts": starts}
            derivation.state(cronjob, "cronjob.blocked", value, [active, at, policy, schedule])
            return


def _lost(derivation: Derivation, cronjob: ObjectRef, schedule: Fact) -> None:
    """Starts that came too late because the run before took longer than the schedule's step."""
    index = derivation.index
    deadline = index.fact(cronjob, "cronjob.starting_deadline")
    runs = _runs(derivation, cronjob)
    took = [fact for _, job in runs if (fact := index.fact(job, "job.seconds")) is not None]
    if deadline is None or not took:
        return
    lost = sum(
        _between(derivation, cronjob, schedule, before, after)
        for (before, _), (after, _) in pairwise(runs)
    )
    if lost:
        seconds = max(int(str(fact.value)) for fact in took)
        at = [index.fact(job, "job.scheduled_at") for _, job in runs]
        value = {"starts": lost, "runs": len(runs), "seconds": seconds}
        derivation.state(cronjob, "cronjob.lost", value, [deadline, schedule, *took, *at])
