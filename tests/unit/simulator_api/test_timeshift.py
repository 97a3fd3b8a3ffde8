"""Virtual times move together; "never" stays where it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.simulator.timeshift import moved_text


def test_the_epoch_stays_and_times_move() -> None:
    assert moved_text("1970-01-01T00:00:00Z", timedelta(hours=1)) == "1970-01-01T00:00:00Z"
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert (
        moved_text(at.strftime("%Y-%m-%dT%H:%M:%SZ"), timedelta(hours=1)) == "2026-11-23T04:00:00Z"
    )
    assert moved_text("2026-11-23", timedelta(hours=1)) == "2026-11-23"
