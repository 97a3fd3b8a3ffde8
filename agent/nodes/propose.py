"""propose: the executor turns the objective into one move, as text."""

from __future__ import annotations

from agent.objective import Objective
from agent.state import RunState
from agent.workbench import Workbench
from tools.verdict import Verdict


def propose(bench: Workbench, state: RunState) -> RunState:
    """One proposal for the current objective."""
    objective = Objective.model_validate(state["objectives"][-1])
    rejections = [Verdict.model_validate(item) for item in state.get("rejections", [])]
    proposal = bench.executor.propose(objective, bench.facts(state), rejections)
    degraded = list(state.get("degraded", []))
    if proposal.degraded and proposal.degraded not in degraded:
        degraded.append(proposal.degraded)
    bench.trajectory.write(
        "proposal",
        {
            "move": f"m{len(state.get('records', [])) + 1}",
            "kind": "names" if proposal.text.startswith("#") else "kubectl",
            "text": proposal.text,
            "proposed_by": proposal.proposed_by,
            "objective": objective.id,
        },
    )
    return {
        "proposal": {"text": proposal.text, "proposed_by": proposal.proposed_by},
        "degraded": degraded,
        "executor_tokens": state.get("executor_tokens", 0) + proposal.tokens,
    }
