"""FollowingPlanner: before a run ends without a cause, the steps that the team's runbook names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent.case import Case
from agent.objective import Conclusion, Objective
from agent.planners.protocol import Plan, Planner

MOST_STEPS = 3
"""Steps of runbooks in one run: what was not found by then is for a person to read."""
Steps = Callable[[Case, Conclusion], Sequence[Objective]]
"""Objectives from runbooks that fit a case about to end so; of a record, in a replay."""


class FollowingPlanner:
    """Another planner's plan, with runbooks where that one would end inconclusive."""

    def __init__(self, planner: Planner, steps: Steps) -> None:
        self._planner = planner
        self._steps = steps
        self.name = planner.name

    def plan(self, case: Case) -> Plan:
        """The other planner's step, or an untried one of a runbook in place of `inconclusive`."""
        plan = self._planner.plan(case)
        end = plan.conclusion
        if end is None or end.verdict != "inconclusive" or case.followed >= MOST_STEPS:
            return plan
        for step in self._steps(case, end):
            if step.reference_move not in case.tried:
                step = step.model_copy(update={"id": f"o{len(case.tried) + 1}"})
                return Plan(step, None, plan.hypotheses)
        return plan
