"""MakersPlanner: before a run ends, the custom resource that its object is made of is read too."""

from __future__ import annotations

from agent.case import Case
from agent.objective import Objective
from agent.planners.protocol import Plan, Planner


class MakersPlanner:
    """Another planner's plan, with a look at what an operator makes its object of."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self.name = planner.name

    def plan(self, case: Case) -> Plan:
        """The other planner's step, or a look at an unread custom resource in place of the end."""
        plan = self._planner.plan(case)
        about = plan.conclusion.object if plan.conclusion is not None else None
        for maker in case.derivation.owners.makers(about) if about is not None else ():
            ref = maker.object
            where = f" -n {ref.namespace}" if ref.namespace else ""
            move = f"kubectl get {maker.resource} {ref.name}{where} -o json"
            if move not in case.tried and not case.derivation.index.about(ref):
                objective = Objective(
                    id=f"o{len(case.tried) + 1}",
                    text=f"Read what {ref} says, which {about} is made of.",
                    targets=[ref],
                    verbs=["get"],
                    wants=["object.exists"],
                    reference_move=move,
                )
                return Plan(objective, None, plan.hypotheses)
        return plan
