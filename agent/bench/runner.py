"""Runner: all cases for the agent and its baselines, and the result they add up to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from agent.bench.cases import Case
from agent.bench.contestant import AGENT, Answer
from agent.bench.pool import Lost, Pool
from agent.bench.result import BenchResult, Setup, Summary
from agent.bench.summary import summarize
from agent.bench.versions import versions
from agent.bench.worker import Job, Outcome, Task, mark
from sandbox import scenario

OnOutcome = Callable[[Outcome], None]


class Ran(NamedTuple):
    """What a run brought."""

    outcomes: list[Outcome]
    """In the order of the cases, contestant after contestant."""
    seconds: dict[str, float]
    """Contestant -> wall time of its cases together."""
    partial: bool
    """It was stopped before all were done."""

    def of(self, contestant: str) -> list[Outcome]:
        """Those of one contestant."""
        return [item for item in self.outcomes if item.task.contestant == contestant]

    def summary(self, contestant: str) -> Summary:
        """The numbers of one contestant."""
        results = [item.result for item in self.of(contestant)]
        return summarize(results, self.seconds.get(contestant, 0.0))


def run(
    cases: Sequence[Case],
    contestants: Sequence[str],
    job: Job,
    workers: int,
    on_outcome: OnOutcome,
    cancel: threading.Event,
) -> Ran:
    """Every case for every contestant, one contestant after the other in the same processes."""
    tasks = [Task(contestant, case) for contestant in contestants for case in cases]
    order = {task: number for number, task in enumerate(tasks)}
    done: list[Outcome] = []
    ended: dict[str, float] = {}
    began = time.perf_counter()

    def on_done(item: Outcome | Lost) -> None:
        outcome = _given_up(item) if isinstance(item, Lost) else item
        ended[outcome.task.contestant] = time.perf_counter()
        done.append(outcome)
        on_outcome(outcome)

    Pool(job, min(workers, len(tasks))).run(tasks, on_done, cancel)
    done.sort(key=lambda item: order[item.task])
    seconds: dict[str, float] = {}
    for contestant in contestants:
        if contestant in ended:
            seconds[contestant] = max(ended[contestant] - began, 1e-6)
            began = ended[contestant]
    return Ran(done, seconds, partial=len(done) < len(tasks))


def result(
    ran: Ran, contestants: Sequence[str], setup: Setup, planned: int, started: datetime
) -> BenchResult:
    """The document."""
    rest = [name for name in contestants if name != AGENT]
    return BenchResult(
        started_at=_stamp(started),
        finished_at=_stamp(datetime.now(UTC)),
        partial=ran.partial,
        planned=planned,
        setup=setup,
        cases=[item.result for item in ran.of(AGENT)],
        summary=ran.summary(AGENT),
        baselines={name: ran.summary(name) for name in rest},
        versions=versions() | {"scenarios": len(scenario.ids())},
    )


def _given_up(lost: Lost) -> Outcome:
    """A case whose process is gone counts as answered wrongly."""
    case = lost.task.case
    instance = scenario.load(case.scenario, case.seed)
    marked = mark(case, instance, Answer("error"), lost.seconds, lost.why)
    return Outcome(lost.task, marked)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
