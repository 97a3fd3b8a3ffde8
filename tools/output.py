"""Output: what a started program answered."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Output(BaseModel):
    """Exit status and text of one program run, decoded as UTF-8 with replacement characters."""

    model_config = ConfigDict(frozen=True)

    exit_code: int | None
    """Exit status; None when the program was killed."""
    stdout: str
    stderr: str
    duration_ms: int = 0
    """Wall time, milliseconds."""
    truncated: bool = False
    """Output was longer than the cap, so what is here is not all. Truncated JSON is not parsed."""
    timed_out: bool = False
    """Killed because its time was over."""
