"""Investigator: magos-agent itself, as `investigate --cluster sim:SCENARIO@SEED` runs it."""

from __future__ import annotations

import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from agent import engine
from agent.bench.cases import Case
from agent.bench.contestant import AGENT, Answer, OnEvent, labels_of
from agent.bench.tally import tally
from agent.executors.choose import Opened, opened
from agent.incident import Alert
from agent.request import Budgets, Request
from agent.runs import RunStore
from agent.settings import Settings
from agent.trajectory import Event
from sandbox.instance import ScenarioInstance
from tools.ladder import Ladder


class Investigator:
    """See the module docstring."""

    name = AGENT

    def __init__(self, settings: Settings, seconds: float) -> None:
        """`seconds` is the budget of one investigation."""
        self._settings = settings
        self._seconds = seconds
        self._ladder = Ladder.packed()
        self._open = ExitStack()
        self._model: Opened | None = None

    def answer(self, case: Case, instance: ScenarioInstance, on_event: OnEvent) -> Answer:
        """See Contestant."""
        budgets = Budgets(seconds=self._seconds)
        request = request_of(case, instance, self._settings, budgets)
        with tempfile.TemporaryDirectory() as folder:
            runs = RunStore(Path(folder))
            events: list[Event] = []

            def on_each(event: Event) -> None:
                events.append(event)
                on_event(event)

            report = engine.investigate(
                request, runs, self._settings, on_each, threading.Event(), model=self._opened()
            )
            virtual_time = runs.open(report.run_id).meta.virtual_time
        cause = report.root_cause
        counts = tally(events, self._ladder)
        return Answer(
            verdict=report.verdict,
            cause=cause.id if cause else None,
            object=str(cause.object) if cause else None,
            moves=report.usage.moves,
            invalid_moves=sum(move.verdict.decision != "allow" for move in report.moves),
            fallbacks=counts.fallbacks,
            asked=counts.asked,
            agreed=counts.agreed,
            repaired=counts.repaired,
            remedy=report.remedy,
            virtual_time=virtual_time,
        )

    def _opened(self) -> Opened:
        """The model, loaded once for all cases; it lives as long as the process."""
        if self._model is None:
            self._model = self._open.enter_context(opened(self._settings.executor, self._settings))
        return self._model


def request_of(
    case: Case, instance: ScenarioInstance, settings: Settings, budgets: Budgets
) -> Request:
    """The request of a case: its alert and its simulated cluster."""
    return Request(
        alerts=[Alert(labels=labels_of(case, instance))],
        cluster=f"sim:{case}",
        planner=settings.planner,
        executor=settings.executor,
        grammar=settings.grammar,
        budgets=budgets,
    )
