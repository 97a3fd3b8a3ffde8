"""gate: every proposed move, whoever made it, is parsed and judged; only `allow` goes on to act."""

from __future__ import annotations

from typing import Any

from agent.case import Intake
from agent.executors.modelled import MAX_REJECTIONS
from agent.namesmove import parse_names_move
from agent.state import RunState
from agent.workbench import Workbench
from tools.ladder import Judged
from tools.manifest import moves
from tools.manifest.load import ManifestError
from tools.verdict import Verdict


def gate(bench: Workbench, state: RunState) -> RunState:
    """Judge the proposal. A rejected one is kept in the records and counted."""
    proposal = state["proposal"]
    assert proposal is not None  # noqa: S101 - the graph's own order
    judged = _judge(bench, state, proposal)
    move_id = f"m{len(state.get('records', [])) + 1}"
    verdict = judged.verdict.model_dump(mode="json")
    bench.trajectory.write("verdict", {"move": move_id, **verdict})
    if judged.move is not None and judged.verdict.decision == "allow":
        update = {"id": move_id, "proposed_by": proposal["proposed_by"]}
        move = judged.move.model_copy(update=update)
        return {"move": move.model_dump(mode="json"), "verdict": verdict, "proposal": None}
    record = {
        "id": move_id,
        "kind": judged.move.kind if judged.move else "kubectl",
        "text": judged.move.text if judged.move else str(proposal["text"])[:500],
        "proposed_by": proposal["proposed_by"],
        "verdict": {key: verdict[key] for key in ("decision", "rung", "reason")},
        "denied": verdict["message"] if verdict["reason"] == "forbidden" else None,
    }
    rejections = [*state.get("rejections", []), verdict]
    if proposal["proposed_by"] == "playbook":
        # The reference move itself cannot run here and now; there is nothing to fall back to.
        rejections += [verdict] * (MAX_REJECTIONS + 1 - len(rejections))
    return {
        "move": None,
        "proposal": None,
        "records": [*state.get("records", []), record],
        "rejections": rejections,
    }


def _judge(bench: Workbench, state: RunState, proposal: dict[str, Any]) -> Judged:
    judge = bench.gate(Intake.model_validate(state["intake"]))
    if proposal["proposed_by"] == "playbook":
        names = parse_names_move(proposal["text"])
        if names is not None:  # only code makes these: a model's text never becomes one
            return judge.judge(names, proposed_by="playbook")
    if proposal.get("manifest"):
        try:
            source = moves.parse(proposal["text"], proposed_by=proposal["proposed_by"])
        except ManifestError as error:
            verdict = Verdict(
                decision="repair",
                rung="parse",
                reason=error.reason,
                message=error.message,
                hint=error.hint,
            )
            return Judged(None, verdict)
        return judge.judge(source, proposed_by=proposal["proposed_by"])
    return judge.judge(proposal["text"], proposed_by=proposal["proposed_by"])
