"""act: runs the move that the gate passed, and stores its redacted answer."""

from __future__ import annotations

from datetime import UTC, datetime

from agent.case import Intake
from agent.errors import Interrupted
from agent.state import RunState
from agent.workbench import Workbench
from tools.errors import ProgramError
from tools.move import Move
from tools.output import Output
from tools.runner import Refused

WAIT_SECONDS = 10.0
"""Time of moves that wait (`rollout status`, `wait`)."""
STDERR_CHARS = 8192
"""Characters of stderr kept."""


def act(bench: Workbench, state: RunState) -> RunState:
    """Run the move. Its output is on disk before the state says that it ran."""
    if bench.cancel.is_set():
        raise Interrupted
    move = Move.model_validate(state["move"])
    waits = move.command in (("rollout", "status"), ("wait",))
    left = bench.budgets.seconds - bench.elapsed_ms() / 1000
    timeout = min(WAIT_SECONDS if waits else bench.budgets.move_seconds, max(left, 1.0))
    try:
        output = bench.hands(Intake.model_validate(state["intake"])).run(move, timeout)
    except (ProgramError, Refused) as error:
        output = Output(
            exit_code=None, stdout="", stderr=error.message
        )  # one move less, not the run
    stderr = output.stderr[:STDERR_CHARS]
    separator = "\n" if output.stdout and stderr and not output.stdout.endswith("\n") else ""
    artefact = bench.folder.save_artefact(move.id, output.stdout + separator + stderr)
    verdict = state["verdict"]
    return {
        "pending": {
            "id": move.id,
            "kind": move.kind,
            "text": move.text,
            "proposed_by": move.proposed_by,
            "verdict": {key: verdict[key] for key in ("decision", "rung", "reason")},
            "executed": True,
            "exit_code": output.exit_code,
            "duration_ms": output.duration_ms,
            "artefact": artefact,
            "stdout_chars": len(output.stdout),
            "stderr": stderr,
            "truncated": output.truncated,
            "timed_out": output.timed_out,
            "observed_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "move": move.model_dump(mode="json"),
        },
        "move": None,
    }
