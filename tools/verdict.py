"""Verdict: what the gate says of a move."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Decision = Literal["allow", "repair", "approve", "refuse"]
Rung = Literal[
    "parse", "tree", "policy", "names", "schema", "access", "dry-run", "rehearse", "approve"
]
Risk = Literal[
    "read",
    "sensitive-read",
    "write-namespaced",
    "write-cluster",
    "interactive",
    "exfiltrating",
    "forbidden",
]


class Verdict(BaseModel):
    """The gate's answer: the last rung reached, and what to do about it."""

    model_config = ConfigDict(frozen=True)

    decision: Decision
    """allow; repair (wrong, the hint says how to mend it); approve (a person must); refuse."""
    rung: Rung
    """Last rung reached; for anything but allow, the rung that decided."""
    reason: str
    """Slug: `unknown-flag`, `secret-read`, `not-found`, `ok`."""
    message: str = ""
    """One sentence for a person."""
    hint: str = ""
    """What a model or a person can do: the nearest valid flag, kind, field or name."""
    risk: Risk = "read"
    """Risk class of the move as far as it was understood."""
