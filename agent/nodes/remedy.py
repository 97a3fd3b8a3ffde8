"""remedy: the proposed fix goes on record. It is text and patch; nothing is run here."""

from __future__ import annotations

from agent.state import RunState
from agent.workbench import Workbench


def remedy(bench: Workbench, state: RunState) -> RunState:
    """Write the outcome's remedy, if it has one."""
    proposed = state["outcome"].get("remedy")
    if proposed:
        bench.trajectory.write("remedy", proposed)
    return {"remedy": proposed}
