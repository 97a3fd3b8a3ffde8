"""Moments: times that facts tell, and the cluster's own clock made of them."""

from __future__ import annotations

from datetime import UTC, datetime

from agent.index import FactIndex


def parse_time(text: object) -> datetime | None:
    """An RFC 3339 timestamp; None for anything else."""
    if not isinstance(text, str) or not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def cluster_now(index: FactIndex) -> datetime | None:
    """The latest moment any fact tells of: the cluster's own clock, so that old records stay true."""
    moments: list[datetime] = []
    for name in (
        "container.running.since",
        "container.exit.at",
        "object.created",
        "node.heartbeat",
    ):
        moments += [m for fact in index.named(name) if (m := parse_time(fact.value))]
    for name in ("event.warning", "event.normal"):
        for fact in index.named(name):
            value = fact.value if isinstance(fact.value, dict) else {}
            if moment := parse_time(value.get("last")):
                moments.append(moment)
    return max(moments, default=None)


def seconds_since(index: FactIndex, text: object, now: datetime | None) -> float | None:
    """Seconds from a timestamp to the cluster's clock."""
    moment = parse_time(text)
    return None if moment is None or now is None else (now - moment).total_seconds()
