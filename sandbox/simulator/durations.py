"""Ages as kubectl and the API server print them, durations as Go does, and times read back."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

UNKNOWN = "<unknown>"


def human(seconds: float) -> str:
    """`47s`, `5m30s`, `3h`, `12d`: the rounding rules of Kubernetes' HumanDuration."""
    total = int(seconds)
    if total < -1:
        return "<invalid>"
    if total < 120:
        return f"{max(total, 0)}s"
    minutes, hours = total // 60, total // 3600
    if minutes < 10:
        return _two(minutes, "m", total % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 24 * 8:
        return _two(hours // 24, "d", hours % 24, "h")
    if hours < 24 * 365 * 2:
        return f"{hours // 24}d"
    if hours < 24 * 365 * 8:
        return _two(hours // 24 // 365, "y", hours // 24 % 365, "d")
    return f"{hours // 24 // 365}y"


def since(text: str | None, now: datetime) -> str:
    """Age of an RFC 3339 time; `<unknown>` when there is none or it cannot be read."""
    at = parse(text) if text else None
    return human((now - at).total_seconds()) if at else UNKNOWN


@lru_cache(maxsize=4096)
def parse(text: str) -> datetime | None:
    """An RFC 3339 time, whole seconds or finer; None when it is not one."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def go(seconds: int) -> str:
    """A duration as Go prints it: `10s`, `1m20s`, `5m0s`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def elapsed(text: str, now: datetime) -> float:
    """Seconds from a stored time until now, negative before it. Raises ValueError."""
    return (now - datetime.fromisoformat(text)).total_seconds()


def _two(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big}{big_unit}{small}{small_unit}" if small else f"{big}{big_unit}"
