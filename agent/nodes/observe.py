"""observe: reads the answer into facts; only facts and short quotes go on."""

from __future__ import annotations

from agent.state import RunState
from agent.workbench import Workbench


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
        "elapsed_ms": bench.elapsed_ms(),
    }
