"""CronJob schedules: when they are due, in the dialect of Kubernetes (robfig/cron v3).

cronsim walks the calendar. What differs from it is settled here: the macros and `@every`, `?` for any,
no `L`, `W`, `#`, seconds or Sunday as 7, and `*/2` in a day field, which robfig/cron counts as a
restriction. Around a change to summer time cronsim follows Debian's cron: a job of the skipped hour
runs right after it, where Kubernetes leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from tools.kubectl.shapes import seconds

_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY = re.compile(r"@every\s+((?:\d+(?:\.\d+)?(?:h|m|s))+)$")
_STEP = re.compile(r"\*/(\d+)")
_SUNDAY = re.compile(r"(?<!/)\b7\b")
FIRST = datetime(2000, 1, 1, tzinfo=UTC)


class ScheduleError(ValueError):
    """A schedule that robfig/cron cannot parse; its text is meant for an event."""


class ZoneError(ValueError):
    """A time zone that does not exist; its text is Go's."""


def check(schedule: str) -> None:
    """Raises ScheduleError for a schedule that never parses."""
    if not _EVERY.fullmatch(schedule.strip()):
        _spec(schedule)


def times(schedule: str, after: datetime, zone: str | None = None) -> Iterator[datetime]:
    """The times after a moment at which a schedule is due, UTC, without end.

    There are none for a date that no month has (31 February). Raises ScheduleError and ZoneError on
    the first step.
    """
    every = _EVERY.fullmatch(schedule.strip())
    if every:
        pause = seconds(every[1])
        # robfig/cron rounds the pause down to a second, with one at least
        step = timedelta(seconds=max(int(pause), 1))
        moment = after.replace(microsecond=0)
        while True:
            moment += step
            yield moment.astimezone(UTC)
    try:
        place = ZoneInfo(zone) if zone else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ZoneError(f"unknown time zone {zone}") from error
    spec = _spec(schedule)
    if not spec:
        return
    last: datetime | None = None
    for found in CronSim(spec, after.astimezone(place)):
        moment = found.astimezone(UTC)
        if last is None or moment > last:
            last = moment
            yield moment


@lru_cache(maxsize=512)
def _spec(schedule: str) -> str:
    """The schedule as cronsim reads it; empty for one that is never due. Raises ScheduleError."""
    text = " ".join(schedule.split())
    if text.startswith("TZ=") or text.startswith("CRON_TZ="):
        raise ScheduleError("cannot use TZ or CRON_TZ in schedule, use timeZone instead")
    if text.startswith("@"):
        if text not in _MACROS:
            raise ScheduleError(f"unrecognized descriptor: {text}")
        return _MACROS[text]
    fields = text.split(" ") if text else []
    if len(fields) != 5:
        if not fields:
            raise ScheduleError("empty spec string")
        raise ScheduleError(f"expected exactly 5 fields, found {len(fields)}: [{text}]")
    for field in fields[2], fields[4]:
        if re.search(r"[LW#]$|[LW#]\d", re.sub(r"[A-Za-z]{3}", "", field)):
            raise ScheduleError(
                f'failed to parse int from {field}: strconv.Atoi: parsing "{field}": invalid syntax'
            )
    if _SUNDAY.search(fields[4]):
        raise ScheduleError(f"end of range (7) above maximum (6): {fields[4]}")
    fields = ["*" if field == "?" else field for field in fields]
    fields[2], fields[4] = _steps(fields[2], "1-31"), _steps(fields[4], "0-6")
    try:
        CronSim(" ".join(fields), FIRST)
    except CronSimError as error:
        if _well_formed([*fields[:3], "*", fields[4]]) and _well_formed(
            [*fields[:2], "1", *fields[3:]]
        ):
            return ""  # robfig/cron accepts a date that no month has, and finds no time for it
        raise ScheduleError(f"failed to parse {text!r}: {error}") from error
    return " ".join(fields)


def _well_formed(fields: list[str]) -> bool:
    try:
        CronSim(" ".join(fields), FIRST)
    except CronSimError:
        return False
    return True


def _steps(field: str, whole: str) -> str:
    """A day field whose `*/2` is written out, so that it counts as a restriction."""

    def written(found: re.Match[str]) -> str:
        return f"{whole}/{found[1]}" if int(found[1]) > 1 else "*"

    return _STEP.sub(written, field)
