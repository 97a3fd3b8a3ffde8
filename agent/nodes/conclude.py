"""conclude: the planner's claim, held against the facts."""

from __future__ import annotations

from agent.conclude import conclude as check
from agent.objective import Conclusion
from agent.state import RunState
from agent.workbench import Workbench


def conclude(bench: Workbench, state: RunState) -> RunState:
    """Deterministic: the same facts always give the same outcome."""
    claim = Conclusion.model_validate(state["conclusion"])
    outcome = check(bench.case(state), claim, bench.catalogue)
    cause = outcome.root_cause
    bench.trajectory.write(
        "conclusion",
        {
            "verdict": outcome.verdict,
            "cause": cause.id if cause else None,
            "object": str(outcome.object) if outcome.object else None,
            "confidence": cause.confidence if cause else None,
            "summary": outcome.summary,
            "stop_reason": outcome.stop_reason,
        },
    )
    return {"outcome": outcome.model_dump(mode="json"), "elapsed_ms": bench.elapsed_ms()}
