"""What a model's moves use up: tokens and time, also where nobody tells them or the run is cut off."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from agent.executors.modelled import ModelExecutor
from agent.executors.protocol import Proposal
from agent.nodes.propose import propose
from agent.objective import Objective
from agent.planners.playbook import PlaybookPlanner
from agent.playbook import load_catalogue
from agent.request import Budgets
from agent.runs import RunFolder
from agent.trajectory import Trajectory
from agent.workbench import Workbench
from model.protocol import Completion

ASKED = Objective(id="o1", text="Read the pods of shop.", reference_move="kubectl get pods -n shop")


class Silent:
    """A server that counts no tokens."""

    name = "custom"

    def complete(self, *_: object, **__: object) -> Completion:
        return Completion(text="kubectl get pods -n shop")


def test_tokens_that_a_server_does_not_count_are_guessed() -> None:
    proposal = ModelExecutor(Silent()).propose(ASKED, [], [])
    assert proposal.proposed_by == "custom"
    assert 100 < proposal.tokens < 400  # the prompt has about 170


class Given:
    """Proposes the reference move."""

    name = "none"

    def propose(self, objective: Objective, *_: object) -> Proposal:
        return Proposal(objective.reference_move, "playbook")


def test_the_time_of_a_proposal_is_kept_for_a_resume(tmp_path: Path) -> None:
    folder, catalogue = RunFolder(tmp_path), load_catalogue()

    def unused(*_: object) -> Any:
        raise AssertionError

    with Trajectory(folder.trajectory_path, "run") as trajectory:
        bench = Workbench(
            folder=folder,
            trajectory=trajectory,
            planner=PlaybookPlanner(catalogue),
            executor=Given(),
            catalogue=catalogue,
            take_in=unused,
            gate=unused,
            hands=unused,
            budgets=Budgets(),
            cancel=threading.Event(),
            before_ms=7000,
        )
        intake: dict[str, Any] = {"incident": {"trigger": "scan", "scope": {}}}
        state = propose(bench, {"intake": intake, "objectives": [ASKED.model_dump(mode="json")]})
    assert state["elapsed_ms"] >= 7000
