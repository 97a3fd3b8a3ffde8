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
    """Whether a model's move left open what its objective wants, so that the reference is due.

    A model may ask for something else than the planner, or for less (the last lines of another pod's log): the
    run must not lose the objective by it. What is not the reference itself must tell all that is wanted, and of
    a whole namespace nothing else can: a list that lacks objects, or what owns them, does not look incomplete.
    """
    objective = Objective.model_validate(state["objectives"][-1])
    if pending["proposed_by"] == "playbook" or pending["text"] == objective.reference_move:
        return False
    targets = set(objective.targets)
    told = {fact.name for fact in facts if fact.subject.whole() in targets}
    return not targets or not set(objective.wants) <= told
