"""Schedules of CronJobs, in the words of the library that the server uses."""

from __future__ import annotations

import pytest

from sandbox.simulator.validation.cron import ScheduleError, check_schedule


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * * *",
        "*/5 0-6/2 1,15 JAN-mar ?",
        "@hourly",
        "@every 1h30m",
        "0 0 * * 6",
        "5/15 * * * *",
    ],
)
def test_a_schedule_that_the_server_takes(schedule: str) -> None:
    check_schedule(schedule)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("a * * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'),
        ("@never", "unrecognized descriptor: @never"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("* * * * 7", "end of range (7) above maximum (6): 7"),
    ],
)
def test_a_schedule_that_it_refuses(schedule: str, said: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        check_schedule(schedule)
    assert str(caught.value) == said
