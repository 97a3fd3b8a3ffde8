"""Cron schedules as the CronJob API checks them (github.com/robfig/cron, ParseStandard)."""

from __future__ import annotations

import re
from typing import NamedTuple

DESCRIPTORS = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)
_DURATION = re.compile(r"(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)", re.ASCII)


class Field(NamedTuple):
    """One of the five fields."""

    least: int
    most: int
    names: dict[str, int]


def _named(words: str, first: int) -> dict[str, int]:
    return {word: first + index for index, word in enumerate(words.split())}


FIELDS = (
    Field(0, 59, {}),
    Field(0, 23, {}),
    Field(1, 31, {}),
    Field(1, 12, _named("jan feb mar apr may jun jul aug sep oct nov dec", 1)),
    Field(0, 6, _named("sun mon tue wed thu fri sat", 0)),
)
"""Minute, hour, day of month, month, day of week."""


class ScheduleError(ValueError):
    """A schedule that cannot be read; the message is the library's."""


def check_schedule(schedule: str) -> None:
    """Raises ScheduleError when the server would refuse the schedule."""
    if not schedule:
        raise ScheduleError("empty spec string")
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        zone, _, schedule = schedule.partition(" ")
        if not schedule:
            raise ScheduleError(f"provided bad location {zone.partition('=')[2]}")
        schedule = schedule.strip()
    if schedule.startswith("@"):
        _descriptor(schedule)
        return
    fields = schedule.split()
    if len(fields) != len(FIELDS):
        listed = " ".join(fields)
        raise ScheduleError(f"expected exactly 5 fields, found {len(fields)}: [{listed}]")
    for text, field in zip(fields, FIELDS, strict=True):
        for part in text.split(","):
            if part:  # robfig splits with FieldsFunc, which drops empty parts
                _part(part, field)


def _descriptor(schedule: str) -> None:
    if schedule in DESCRIPTORS:
        return
    if schedule.startswith("@every "):
        duration = schedule.removeprefix("@every ")
        if duration and not _DURATION.sub("", duration).lstrip("+-"):
            return
        raise ScheduleError(
            f'failed to parse duration {schedule}: time: invalid duration "{duration}"'
        )
    raise ScheduleError(f"unrecognized descriptor: {schedule}")


def _part(part: str, field: Field) -> None:
    """`*`, `5`, `1-5`, `*/10`, `1-30/5`."""
    pieces = part.split("/")
    bounds = pieces[0].split("-")
    single = len(bounds) == 1
    if bounds[0] in ("*", "?"):
        start, end = field.least, field.most
    else:
        start = _number(bounds[0], field)
        if len(bounds) > 2:
            raise ScheduleError(f"too many hyphens: {part}")
        end = start if single else _number(bounds[1], field)
    if len(pieces) > 2:
        raise ScheduleError(f"too many slashes: {part}")
    step = 1
    if len(pieces) == 2:
        step = _integer(pieces[1])
        if single:  # "N/step" runs on to the end
            end = field.most
    if start < field.least:
        raise ScheduleError(f"beginning of range ({start}) below minimum ({field.least}): {part}")
    if end > field.most:
        raise ScheduleError(f"end of range ({end}) above maximum ({field.most}): {part}")
    if start > end:
        raise ScheduleError(f"beginning of range ({start}) beyond end of range ({end}): {part}")
    if step == 0:
        raise ScheduleError(f"step of range should be a positive number: {part}")


def _number(text: str, field: Field) -> int:
    named = field.names.get(text.lower())
    return named if named is not None else _integer(text)


def _integer(text: str) -> int:
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII) is None:
        raise ScheduleError(
            f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax'
        )
    if len(text) > 18:
        raise ScheduleError(
            f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": value out of range'
        )
    value = int(text)
    if value < 0:
        raise ScheduleError(f"negative number ({value}) not allowed: {text}")
    return value
