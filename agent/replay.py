"""Replay: the graph again, on the observations of an earlier run, without cluster or model."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agent import engine
from agent.case import Intake
from agent.executors.protocol import Occasion, Proposal
from agent.hands import RecordedHands
from agent.objective import Objective
from agent.planners.following import FollowingPlanner
from agent.planners.makers import MakersPlanner
from agent.planners.playbook import PlaybookPlanner
from agent.playbook import load_catalogue
from agent.report import Report
from agent.reportparts import ClusterInfo
from agent.request import Budgets
from agent.runs import RunFolder, RunStore
from agent.settings import Settings, user_file
from agent.trajectory import Event, Trajectory
from agent.workbench import Workbench
from tools.errors import UsageError
from tools.fact import Fact
from tools.ladder import Judged, Ladder
from tools.move import Move, ProposedBy
from tools.output import Output
from tools.verdict import Verdict

ENDLESS = 1e9
"""Seconds: a replay is not cut by the clock."""


class ReplayResult(NamedTuple):
    """What the graph does with the recorded observations today."""

    report: Report
    """The report it ends with now."""
    differences: list[str]
    """Where that is not what was recorded; empty when it is the same."""


def replay(run_id: str, runs: RunStore, settings: Settings) -> ReplayResult:
    """Run a recorded run again. Raises UsageError when its trajectory is not there or not whole."""
    run = runs.open(run_id)
    events = run.events()
    incident = next((event for event in events if event.type == "incident"), None)
    if incident is None:
        raise UsageError(f"run {run.run_id} ended before it had looked at anything")
    # A run that was killed and resumed says its last proposal twice: the later one was judged and run.
    proposals = {str(e.data.get("move")): e.data for e in events if e.type == "proposal"}
    verdicts = {str(e.data.get("move")): e.data for e in events if e.type == "verdict"}
    outputs = {
        str(event.data["text"]): _output(run, event)
        for event in events
        if event.type == "observation"
    }
    intake = Intake.model_validate(incident.data["intake"])
    cluster = ClusterInfo.model_validate(incident.data["cluster"])
    catalogue = load_catalogue(user_file(settings.environ).parent / "playbooks")
    taken = [
        Objective(
            id="",
            text=str(event.data["objective"]),
            reference_move=str(event.data["reference_move"]),
            runbook=str(event.data["runbook"]),
        )
        for event in events
        if event.type == "plan" and event.data.get("runbook")
    ]
    hands = RecordedHands(outputs)
    judge = RecordedJudge([(p, verdicts.get(move, {})) for move, p in proposals.items()])
    with tempfile.TemporaryDirectory(prefix="magos-") as scratch:
        copy = _scratch_folder(run, Path(scratch))
        with Trajectory(copy.trajectory_path, run.run_id) as trajectory:
            bench = Workbench(
                folder=copy,
                trajectory=trajectory,
                planner=FollowingPlanner(
                    MakersPlanner(PlaybookPlanner(catalogue)), lambda *_: taken
                ),
                executor=RecordedExecutor(proposals.values()),
                catalogue=catalogue,
                take_in=lambda: (intake, cluster),
                gate=lambda _: judge,
                hands=lambda _: hands,
                budgets=_budgets(run, events),
                cancel=threading.Event(),
                degraded=["replayed from the record: no cluster was asked"],
            )
            state, stopped = engine.run_graph(bench, resuming=False)
            report = engine.report_of(bench, copy, state, stopped)
    return ReplayResult(report, _differences(events, report, hands))


class RecordedExecutor:
    """Proposes what was proposed then for the same objective, else the reference move."""

    name = "recorded"

    def __init__(self, proposals: Iterable[dict[str, Any]]) -> None:
        self._left: dict[str, list[dict[str, Any]]] = {}
        for proposal in proposals:
            self._left.setdefault(str(proposal.get("objective")), []).append(proposal)

    def propose(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        rejections: Sequence[Verdict],
        occasion: Occasion | None = None,
    ) -> Proposal:
        """The next recorded proposal."""
        left = self._left.get(objective.id)
        if not left:
            return Proposal(objective.reference_move, "playbook")
        recorded = left.pop(0)
        manifest = recorded.get("kind") == "manifest"
        return Proposal(
            str(recorded["text"]),
            recorded.get("proposed_by", "playbook"),
            kind="manifest" if manifest else "command",
        )


class RecordedJudge:
    """The gate's recorded verdicts; moves that were not recorded meet the offline rungs."""

    def __init__(self, judged: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> None:
        self._verdicts = {
            str(proposal["text"]): {k: v for k, v in verdict.items() if k != "move"}
            for proposal, verdict in judged
            if verdict
        }
        self._ladder = Ladder.packed()

    def judge(self, source: str | Sequence[str] | Move, *, proposed_by: ProposedBy) -> Judged:
        """The move as it parses today, with the verdict of then."""
        if isinstance(source, Move):
            recorded = self._verdicts.get(source.manifest or source.text)
            allowed = Verdict(decision="allow", rung="names", reason="ok")
            return Judged(source, Verdict.model_validate(recorded) if recorded else allowed)
        judged = self._ladder.judge(source, proposed_by=proposed_by)
        recorded = self._verdicts.get(source) if isinstance(source, str) else None
        if recorded is None or judged.move is None:
            return judged
        return Judged(judged.move, Verdict.model_validate(recorded))


def _output(run: RunFolder, event: Event) -> Output:
    data = event.data
    text = run.artefact(str(data.get("move")))
    chars = data.get("stdout_chars")
    exit_code = data.get("exit_code")
    return Output(
        exit_code=exit_code if isinstance(exit_code, int) else None,
        stdout=text[: chars if isinstance(chars, int) else 0],
        stderr=str(data.get("stderr") or ""),
        truncated=data.get("truncated") is True,
        timed_out=data.get("timed_out") is True,
    )


def _budgets(run: RunFolder, events: Sequence[Event]) -> Budgets:
    """The run's own budgets; one that a clock or a person cut short ends where its record ends."""
    budgets = run.request().budgets
    end = next((event.data for event in reversed(events) if event.type == "end"), {})
    if end.get("stop_reason") in ("concluded", "budget_moves"):
        return budgets
    moves = sum(event.type == "observation" for event in events)
    return budgets.model_copy(update={"moves": max(moves, 1), "seconds": ENDLESS})


def _scratch_folder(run: RunFolder, scratch: Path) -> RunFolder:
    copy = RunFolder(scratch / run.run_id)
    copy.path.mkdir(mode=0o700)
    (copy.path / "artefacts").mkdir(mode=0o700)
    for name in ("request.json", "meta.json"):
        copy.store(name, (run.path / name).read_text(encoding="utf-8"))
    return copy


def _differences(events: Sequence[Event], report: Report, hands: RecordedHands) -> list[str]:
    found = [f"a move that was not recorded: {text}" for text in hands.unknown]
    then = [str(event.data["text"]) for event in events if event.type == "observation"]
    now = [move.text for move in report.moves if move.exit_code is not None]
    for text in then:
        if text not in now:
            found.append(f"a recorded move was not made: {text}")
    concluded = next((e.data for e in reversed(events) if e.type == "conclusion"), None)
    if concluded is not None:
        cause = report.root_cause
        for name, value in (
            ("verdict", report.verdict),
            ("cause", cause.id if cause else None),
            ("summary", report.summary),
        ):
            if concluded.get(name) != value:
                found.append(f"{name} was {concluded.get(name)!r}, is {value!r}")
    return found
