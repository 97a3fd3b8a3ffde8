"""Executor: the protocol, and what a proposal is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from pydantic import JsonValue

from agent.case import Intake
from agent.executors.memory import Memory
from agent.objective import Objective
from tools.fact import Fact
from tools.move import ProposedBy
from tools.verdict import Verdict


class Proposal(NamedTuple):
    """One proposed move, as text; nothing in it has been checked."""

    text: str
    proposed_by: ProposedBy
    tokens: int = 0
    degraded: str = ""
    """Why the reference move was used instead of the model's, when it was."""
    kind: Literal["command", "manifest"] = "command"
    """A command line, or one YAML document."""
    model: Mapping[str, JsonValue] | None = None
    """What the model was asked and how sure it was, for the trajectory; None when none was asked."""
    memory: Memory | None = None
    """What the model has been told so far, to be kept for the next occasion; None when nothing was."""


class Occasion(NamedTuple):
    """When a proposal is asked for."""

    intake: Intake
    """The incident and its scope."""
    seconds: float
    """Left of the run's time."""
    unanswered: bool = False
    """A move for this objective has run and left open what is wanted."""
    memory: Memory = Memory()
    """What the run's model has been told."""
    tokens: int | None = None
    """Left of the run's budget for the model; None is no budget."""


class Executor(Protocol):
    """Turns an objective into a proposal."""

    name: str

    def propose(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        rejections: Sequence[Verdict],
        occasion: Occasion | None = None,
    ) -> Proposal:
        """One move for the objective; `rejections` are the gate's answers to earlier ones for it."""
        ...


class ReferenceExecutor:
    """`--executor none`: the playbook's own reference moves, no model."""

    name = "none"

    def propose(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        rejections: Sequence[Verdict],
        occasion: Occasion | None = None,
    ) -> Proposal:
        """The objective's reference move."""
        return Proposal(objective.reference_move, "playbook")
