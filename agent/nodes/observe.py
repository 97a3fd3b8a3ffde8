"""observe: reads the answer into facts; only facts and short quotes go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.objective import Objective
from agent.state import RunState
from agent.workbench import Workbench
from tools.fact import Fact


def observe(bench: Workbench, state: RunState) -> RunState:
    """Append the finished move to the records."""
    pending = state["pending"]
    assert pending is not None  # noqa: S101 - the graph's own order
    facts = bench.distil(pending)
    record = pending | {"facts": [fact.id for fact in facts]}
    bench.trajectory.write(
        "observation",
        {key: value for key, value in pending.items() if key not in ("id", "move", "kind")}
        | {"move": pending["id"], "facts": len(facts)},
    )
    bench.trajectory.write(
        "fact", {"move": pending["id"], "facts": [fact.model_dump(mode="json") for fact in facts]}
    )
    return {
        "records": [*state.get("records", []), record],
        "pending": None,
        "unanswered": _unanswered(state, pending, facts),
        "elapsed_ms": bench.elapsed_ms(),
    }


def _unanswered(state: RunState, pending: dict[str, Any], facts: Sequence[Fact]) -> bool:
    """Whether a model's move told nothing of what its objective wants, so that the reference is due.

    A model may ask for something else than the planner; the run must not lose the objective by it.
    """
    if pending["proposed_by"] == "playbook":
        return False
    wants = set(Objective.model_validate(state["objectives"][-1]).wants)
    return bool(wants) and not any(fact.name in wants for fact in facts)
