"""propose: the executor turns the objective into one move, as text."""

from __future__ import annotations

from agent.case import Intake
from agent.errors import Interrupted
from agent.executors.memory import Memory
from agent.executors.protocol import Occasion
from agent.objective import Objective
from agent.state import RunState
from agent.workbench import Workbench
from tools.verdict import Verdict


def propose(bench: Workbench, state: RunState) -> RunState:
    """One proposal for the current objective."""
    objective = Objective.model_validate(state["objectives"][-1])
    rejections = [Verdict.model_validate(item) for item in state.get("rejections", [])]
    occasion = Occasion(
        Intake.model_validate(state["intake"]),
        seconds=bench.budgets.seconds - bench.elapsed_ms() / 1000,
        unanswered=state.get("unanswered", False),
        memory=Memory.model_validate(state.get("memory") or {}),
        tokens=bench.budgets.executor_tokens - state.get("executor_tokens", 0),
    )
    proposal = bench.executor.propose(objective, bench.facts(state), rejections, occasion)
    if bench.cancel.is_set():
        raise Interrupted  # a resumed run asks the model again, which may have been cut off
    degraded = list(state.get("degraded", []))
    if proposal.degraded:
        degraded.append(f"the playbook's own move was made: {proposal.degraded}")
    names = proposal.proposed_by == "playbook" and proposal.text.startswith("#")
    query = proposal.text.startswith("promtool ")
    command = "names" if names else "promtool" if query else "kubectl"
    kind = "manifest" if proposal.kind == "manifest" else command
    bench.trajectory.write(
        "proposal",
        {
            "move": f"m{len(state.get('records', [])) + 1}",
            "kind": kind,
            "text": proposal.text,
            "proposed_by": proposal.proposed_by,
            "objective": objective.id,
            "reference": objective.reference_move,
        }
        | ({"fallback": proposal.degraded} if proposal.degraded else {})
        | ({"model": dict(proposal.model)} if proposal.model is not None else {}),
    )
    update: RunState = {
        "proposal": {
            "text": proposal.text,
            "proposed_by": proposal.proposed_by,
            "manifest": proposal.kind == "manifest",
        },
        "degraded": degraded,
        "executor_tokens": state.get("executor_tokens", 0) + proposal.tokens,
        "elapsed_ms": bench.elapsed_ms(),
    }
    if proposal.memory is not None:
        update["memory"] = proposal.memory.model_dump(mode="json")
    return update
