"""Runs the planner over recorded answers, without graph, gate or cluster."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from agent.case import Case, Intake
from agent.conclude import conclude
from agent.incident import Alert, Incident, Scope
from agent.outcome import Outcome
from agent.planners.playbook import PlaybookPlanner
from agent.playbook import load_catalogue
from tests.recording import Command, Recording
from tools.distil import distil
from tools.fact import Fact
from tools.ladder import Ladder

SAME_ANSWER = {
    # What the planner asks -> the recorded call whose answer holds it.
    "get deployments,replicasets": "get deploy,rs,sts,job -o json",
    "get services,endpointslices": "get svc,endpointslices,cm,pvc,resourcequota -o json",
    "get persistentvolumeclaims": "get svc,endpointslices,cm,pvc,resourcequota -o json",
    "get resourcequotas": "get svc,endpointslices,cm,pvc,resourcequota -o json",
    "get configmap ": "get svc,endpointslices,cm,pvc,resourcequota -o json",
}


class Planned(NamedTuple):
    """How a planned run ended."""

    outcome: Outcome
    case: Case
    moves: list[str]


def plan_recording(recording: Recording, labels: dict[str, str]) -> Planned:
    """Plan to the end, answering each reference move from the recording."""
    catalogue = load_catalogue()
    planner, ladder = PlaybookPlanner(catalogue), Ladder.packed()
    scope = Scope(namespaces=[recording.namespace], container=labels.get("container"))
    incident = Incident(trigger="alert", alerts=[Alert(labels=labels)], scope=scope)
    moves: list[str] = []
    facts: list[Fact] = []
    for number in range(1, 31):
        case = Case(Intake(incident=incident), list(facts), frozenset(moves))
        plan = planner.plan(case)
        if plan.objective is None:
            assert plan.conclusion is not None
            return Planned(conclude(case, plan.conclusion, catalogue), case, moves)
        text = plan.objective.reference_move
        moves.append(text)
        if text.startswith("#"):
            continue
        judged = ladder.judge(text)
        assert judged.move is not None, (text, judged.verdict)
        answer = _answer(recording, text)
        if answer is not None:
            move = judged.move.model_copy(update={"id": f"m{number}"})
            facts += distil(move, answer.output)
    raise AssertionError(f"no end after {moves}")


def _answer(recording: Recording, text: str) -> Command | None:
    wanted = [word for word in shlex.split(text) if not word.startswith("--tail")]
    for command in recording.commands:
        if [word for word in command.argv if not word.startswith("--tail")] == wanted:
            return command
    for start, same in SAME_ANSWER.items():
        if start in text:
            return recording.command(same)
    return None
