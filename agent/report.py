"""Report: the `magos.report/v1` document an investigation ends with (contract of the JSON output)."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from agent.reportparts import (
    Change,
    ClusterInfo,
    Finding,
    Impact,
    IncidentInfo,
    ManagedBy,
    MoveRecord,
    Part,
    Reference,
    Remedy,
    RootCause,
    RuledOut,
    TimelineEntry,
    Usage,
)
from tools.fact import Fact

VerdictName = Literal["root_cause", "healthy", "not_found", "inconclusive"]
StopReason = Literal[
    "concluded",
    "budget_moves",
    "budget_time",
    "budget_planner",
    "interrupted",
    "error",
]


class Report(Part):
    """How an investigation ended, with the facts that prove it."""

    schema_id: Literal["magos.report/v1"] = Field(default="magos.report/v1", alias="schema")
    """Schema id, key `schema` in JSON."""
    run_id: str
    """Run id, usable with resume, replay and report."""
    started_at: str
    """RFC 3339, UTC."""
    finished_at: str
    """RFC 3339, UTC."""
    cluster: ClusterInfo
    """Which cluster."""
    incident: IncidentInfo
    """What started it."""
    verdict: VerdictName
    """root_cause, healthy, not_found or inconclusive."""
    summary: str = ""
    """The conclusion in one or two sentences, whatever the verdict."""
    root_cause: RootCause | None = None
    """Set exactly when the verdict is root_cause."""
    impact: Impact | None = None
    """Who is hurt; None when nothing is."""
    changed: list[Change] = Field(default_factory=list)
    """What changed before."""
    managed_by: ManagedBy | None = None
    """Who owns the object."""
    contributing: list[RootCause] = Field(default_factory=list)
    """Other confirmed causes on the same object."""
    other_findings: list[Finding] = Field(default_factory=list)
    """Other broken objects in scope."""
    ruled_out: list[RuledOut] = Field(default_factory=list)
    """Rivals that evidence excludes."""
    timeline: list[TimelineEntry] = Field(default_factory=list)
    """The story in order."""
    facts: list[Fact] = Field(default_factory=list)
    """Every fact that another part of the report refers to, and those it was derived from."""
    moves: list[MoveRecord] = Field(default_factory=list)
    """Every move, refused ones too."""
    remedy: Remedy | None = None
    """The proposed fix."""
    next_steps: list[str] = Field(default_factory=list)
    """What a person should check or do next."""
    blind_spots: list[str] = Field(default_factory=list)
    """What could not be seen, and why."""
    references: list[Reference] = Field(default_factory=list)
    """The team's runbooks for this alert or cause, and earlier runs that found the same."""
    stop_reason: StopReason = "concluded"
    """Why it ended."""
    degraded: list[str] = Field(default_factory=list)
    """Which fallbacks were used: no model, simulator, packed schema, ..."""
    usage: Usage = Field(default_factory=Usage)
    """What it cost."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    def to_json(self) -> dict[str, JsonValue]:
        """The document as plain JSON values, with the `schema` key."""
        return self.model_dump(mode="json", by_alias=True)
