"""Check: one thing that doctor looked at."""

from __future__ import annotations

from typing import Literal, NamedTuple

Status = Literal["ok", "warn", "missing"]


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    status: Status
    """ok; warn: works, but less; missing: what `allows` names does not work."""
    detail: str
    """What was found."""
    allows: str
    """What it is for."""
    fix: str = ""
    """How to mend it; empty when there is nothing to mend."""
