"""Investigator: magos-agent itself, as `investigate --cluster sim:SCENARIO@SEED` runs it."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

from agent import engine
from agent.bench.cases import Case
from agent.bench.contestant import AGENT, Answer, OnEvent, labels_of
from agent.incident import Alert
from agent.report import Report
from agent.request import Budgets, Request
from agent.runs import RunStore
from agent.settings import Settings
from sandbox.instance import ScenarioInstance

NO_MODEL = "no executor model"
"""How the engine's note begins when the playbook's own moves were meant to be used."""


class Investigator:
    """See the module docstring."""

    name = AGENT

    def __init__(self, settings: Settings, seconds: float) -> None:
        """`seconds` is the budget of one investigation."""
        self._settings = settings
        self._seconds = seconds

    def answer(self, case: Case, instance: ScenarioInstance, on_event: OnEvent) -> Answer:
        """See Contestant."""
        budgets = Budgets(seconds=self._seconds)
        request = request_of(case, instance, self._settings, budgets)
        with tempfile.TemporaryDirectory() as folder:
            runs = RunStore(Path(folder))
            report = engine.investigate(request, runs, self._settings, on_event, threading.Event())
            virtual_time = runs.open(report.run_id).meta.virtual_time
        cause = report.root_cause
        return Answer(
            verdict=report.verdict,
            cause=cause.id if cause else None,
            object=str(cause.object) if cause else None,
            moves=report.usage.moves,
            invalid_moves=sum(move.verdict.decision != "allow" for move in report.moves),
            fallbacks=fallbacks(report),
            remedy=report.remedy,
            virtual_time=virtual_time,
        )


def request_of(
    case: Case, instance: ScenarioInstance, settings: Settings, budgets: Budgets
) -> Request:
    """The request of a case: its alert and its simulated cluster."""
    return Request(
        alerts=[Alert(labels=labels_of(case, instance))],
        cluster=f"sim:{case}",
        planner=settings.planner,
        executor=settings.executor,
        budgets=budgets,
    )


def fallbacks(report: Report) -> int:
    """Moves that the playbook made where a model was meant to; 0 when there was no model."""
    if any(note.startswith(NO_MODEL) for note in report.degraded):
        return 0
    # `names` moves are made by code alone, never by a model
    return sum(m.proposed_by == "playbook" and m.kind != "names" for m in report.moves)
