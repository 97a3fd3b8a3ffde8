"""Objective, Hypothesis, Conclusion: what a planner answers with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from agent.report import StopReason, VerdictName
from tools.objects import ObjectRef


class Objective(BaseModel):
    """What the planner wants to learn next, in one sentence, and one move that would tell it."""

    model_config = ConfigDict(extra="forbid")

    id: str
    """`o<n>` within the run."""
    text: str
    """Canonical wording: the same need is always worded the same way."""
    targets: list[ObjectRef] = Field(default_factory=list)
    """Objects that the move is about."""
    verbs: list[str] = Field(default_factory=list)
    """Commands that may be used: get, describe, logs, rollout history."""
    wants: list[str] = Field(default_factory=list)
    """Names of the facts that would settle it."""
    reference_move: str
    """The playbook's own move, used when there is no model or its moves were rejected."""
    runbook: str = ""
    """`path#heading` of the runbook whose step it is; empty for the playbook's own."""


class Hypothesis(BaseModel):
    """A possible cause from the catalogue for one object, with the facts for and against it."""

    model_config = ConfigDict(extra="forbid")

    cause: str
    """Cause id."""
    object: ObjectRef
    """The owner that would have to change."""
    belief: float
    """0..1: share of the confirming facts present, 0 when excluded."""
    confirmed: bool = False
    """Every confirming fact is present and none excludes it."""
    facts_for: list[str] = Field(default_factory=list)
    """Fact ids that confirm."""
    facts_against: list[str] = Field(default_factory=list)
    """Fact ids that exclude."""


class Conclusion(BaseModel):
    """How the planner wants to end. `conclude` checks it against the facts again."""

    model_config = ConfigDict(extra="forbid")

    verdict: VerdictName
    """root_cause, healthy, not_found or inconclusive."""
    cause: str | None = None
    """Cause id for root_cause."""
    object: ObjectRef | None = None
    """The object the verdict is about."""
    stop_reason: StopReason = "concluded"
    """Why planning ended."""
    note: str = ""
    """One sentence for verdicts without a cause (what is missing, what recovered)."""
