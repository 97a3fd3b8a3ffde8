"""Executor: the protocol, and what a proposal is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

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


class Executor(Protocol):
    """Turns an objective into a proposal."""

    name: str

    def propose(
        self, objective: Objective, facts: Sequence[Fact], rejections: Sequence[Verdict]
    ) -> Proposal:
        """One move for the objective; `rejections` are the gate's answers to earlier ones for it."""
        ...


class ReferenceExecutor:
    """`--executor none`: the playbook's own reference moves, no model."""

    name = "none"

    def propose(
        self, objective: Objective, facts: Sequence[Fact], rejections: Sequence[Verdict]
    ) -> Proposal:
        """The objective's reference move."""
        return Proposal(objective.reference_move, "playbook")
