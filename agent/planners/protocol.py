"""Planner: the protocol behind which the playbook planner and chat planners stand."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from agent.case import Case
from agent.objective import Conclusion, Hypothesis, Objective


class Plan(NamedTuple):
    """One planning step: an objective or a conclusion, and the hypotheses it rests on."""

    objective: Objective | None
    conclusion: Conclusion | None
    hypotheses: list[Hypothesis]


class Planner(Protocol):
    """Turns a case into the next step. Implementations keep no state between calls."""

    name: str

    def plan(self, case: Case) -> Plan:
        """Exactly one of objective and conclusion is set."""
        ...
