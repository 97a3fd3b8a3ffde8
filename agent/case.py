"""Case: everything a planner may look at, at one moment. Rebuilt from the recorded moves each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from agent.derive import derive
from agent.derive.derivation import Derivation
from agent.incident import Incident
from agent.views import View, build_views
from tools.fact import Fact
from tools.objects import ObjectRef


class Missing(BaseModel):
    """An object that the incident names and that does not exist."""

    model_config = ConfigDict(extra="forbid")

    object: ObjectRef
    """What was asked for."""
    nearest: list[str] = Field(default_factory=list)
    """Names of the same kind that come closest."""


class Intake(BaseModel):
    """What intake found out before the first move."""

    model_config = ConfigDict(extra="forbid")

    incident: Incident
    """Trigger and scope, names resolved."""
    missing: list[Missing] = Field(default_factory=list)
    """Named objects that do not exist."""
    counts: dict[str, int] = Field(default_factory=dict)
    """Objects per `namespace/Kind`, where they could be counted cheaply."""
    blind_spots: list[str] = Field(default_factory=list)
    """What could not be listed."""
    prometheus: bool = False
    """Whether the run has a Prometheus to ask, and promtool to ask it with."""


@dataclass(frozen=True)
class Case:
    """Incident, facts so far, and what was already tried."""

    intake: Intake
    distilled: Sequence[Fact]
    """Facts read from moves, in order."""
    tried: frozenset[str] = field(default_factory=frozenset)
    """Reference moves of the objectives so far."""
    followed: int = 0
    """How many of these objectives were steps of a runbook."""
    denied: tuple[str, ...] = ()
    """What RBAC kept the gate from passing, one sentence each."""

    @property
    def incident(self) -> Incident:
        """What started the run."""
        return self.intake.incident

    @cached_property
    def derivation(self) -> Derivation:
        """All facts, indexed, with what follows from them."""
        return derive(self.distilled)

    @cached_property
    def views(self) -> list[View]:
        """Everything that is broken in the facts."""
        return build_views(self.derivation, self.incident.scope.objects)
