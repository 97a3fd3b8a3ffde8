"""plan: the next objective, or a conclusion; budgets are held here."""

from __future__ import annotations

from agent.errors import Interrupted
from agent.objective import Conclusion
from agent.report import StopReason
from agent.request import Budgets
from agent.state import RunState
from agent.workbench import Workbench


def plan(bench: Workbench, state: RunState) -> RunState:
    """Ask the planner, unless the run was stopped or a budget is spent."""
    if bench.cancel.is_set():
        raise Interrupted
    spent = _spent(bench, state)
    if spent is not None:
        claim = Conclusion(
            verdict="inconclusive", stop_reason=spent, note=_note(spent, bench.budgets)
        )
        return {"conclusion": claim.model_dump(mode="json")}
    step = bench.planner.plan(bench.case(state))
    shown = [item.model_dump(mode="json") for item in step.hypotheses]
    bench.trajectory.write(
        "plan",
        {
            "objective": step.objective.text if step.objective else None,
            "reference_move": step.objective.reference_move if step.objective else None,
            "runbook": step.objective.runbook if step.objective else "",
            "hypotheses": [
                {"cause": item.cause, "object": str(item.object), "belief": item.belief}
                for item in step.hypotheses
            ],
        },
    )
    if step.objective is None:
        assert step.conclusion is not None  # noqa: S101 - the planner's contract
        return {"conclusion": step.conclusion.model_dump(mode="json"), "hypotheses": shown}
    objective = step.objective.model_dump(mode="json")
    return {
        "objectives": [*state.get("objectives", []), objective],
        "hypotheses": shown,
        "rejections": [],
        "unanswered": False,
    }


def _note(spent: StopReason, budgets: Budgets) -> str:
    moves, seconds = f"{budgets.moves} moves (--max-moves)", f"{budgets.seconds:g} s (--timeout)"
    what = moves if spent == "budget_moves" else seconds
    return f"The run stopped after {what}, before a cause was proven."


def _spent(bench: Workbench, state: RunState) -> StopReason | None:
    executed = [record for record in state.get("records", []) if record.get("executed")]
    if len(executed) >= bench.budgets.moves:
        return "budget_moves"
    if bench.elapsed_ms() >= bench.budgets.seconds * 1000:
        return "budget_time"
    return None
