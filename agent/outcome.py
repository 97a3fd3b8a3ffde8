"""Outcome: what a run has found out."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from agent.report import StopReason, VerdictName
from agent.reportparts import Finding, Remedy, RootCause, RuledOut
from tools.objects import ObjectRef


class Outcome(BaseModel):
    """What the facts support, whatever was claimed."""

    model_config = ConfigDict(extra="forbid")

    verdict: VerdictName
    """The verdict that holds."""
    summary: str
    """One or two sentences."""
    object: ObjectRef | None = None
    """What it is about."""
    root_cause: RootCause | None = None
    """Set when the verdict is root_cause."""
    contributing: list[RootCause] = Field(default_factory=list)
    """Other confirmed causes on the same object."""
    ruled_out: list[RuledOut] = Field(default_factory=list)
    """Rivals that facts exclude."""
    other_findings: list[Finding] = Field(default_factory=list)
    """Other broken objects."""
    next_steps: list[str] = Field(default_factory=list)
    """For a person."""
    remedy: Remedy | None = None
    """Proposed fix."""
    stop_reason: StopReason = "concluded"
    """Why planning ended."""
