"""Worker: a process that answers one case after the other, prepared once."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from agent.bench.cases import Case
from agent.bench.contestant import AGENT, Answer, Contestant
from agent.bench.environment import private
from agent.bench.result import CaseResult
from agent.modelsettings import Llama, OpenAI
from agent.trajectory import Event
from sandbox.instance import ScenarioInstance

STDERR = "stderr.txt"
"""In the worker's home: what it would have written over the progress bar."""


class Job(NamedTuple):
    """What every worker of a run has in common. It is sent to other processes."""

    planner: str = "playbook"
    executor: str = "none"
    """A word, or an absolute path or URL: workers have no pulled models of their own."""
    grammar: str = "on"
    threads: int | None = None
    """Of a local model, in each worker."""
    llama: Llama = Llama()
    """How a local model runs, but for its threads."""
    openai: OpenAI = OpenAI()
    """The server and its key: workers read no settings of ours, and the key goes through the pipe alone."""
    seconds: float = 60.0
    """Budget of one investigation."""
    observer: str | None = None
    """`package.module:Class` of an Observer."""


class Task(NamedTuple):
    """One case for one contestant."""

    contestant: str
    """Name."""
    case: Case
    """What to investigate."""


class Outcome(NamedTuple):
    """What became of a task."""

    task: Task
    """Which one."""
    result: CaseResult
    """Marked."""
    observed: Any = None
    """What the observer says about it; None without one, and when the process died."""


class Observer(Protocol):
    """Looks on from outside while cases are answered, in the worker process. Made once in each."""

    def begin(self, case: Case) -> None:
        """A case begins."""

    def end(self, events: Sequence[Event]) -> Any:
        """It is answered, with these events; what is returned is sent along, so it must pickle."""


class Bench:
    """The contestants and the observer of one worker."""

    def __init__(self, job: Job) -> None:
        """Prepares all of them."""
        from agent.bench import remedy
        from agent.bench.baselines import baselines
        from agent.bench.investigator import Investigator
        from agent.settings import load

        flags = {"planner": job.planner, "executor": job.executor, "grammar": job.grammar}
        settings = load(flags)
        threads = job.threads or job.llama.threads
        settings.llama = job.llama.model_copy(update={"threads": threads})
        settings.openai = job.openai
        everybody: list[Contestant] = [Investigator(settings, job.seconds), *baselines(settings)]
        self._contestants = {contestant.name: contestant for contestant in everybody}
        self._observer = _made(job.observer) if job.observer else None
        self._try_out = remedy.try_out

    def warm_up(self) -> None:
        """One case that does not count, so that no case that does pays for imports and caches."""
        from sandbox.scenario import ids

        self.run(Task(AGENT, Case(ids()[0], 0)))

    def run(self, task: Task) -> Outcome:
        """Answer a task. An error is an answer too, and a wrong one."""
        from sandbox.scenario import load

        instance = load(task.case.scenario, task.case.seed)
        events: list[Event] = []
        watched = self._observer if task.contestant == AGENT else None
        if watched is not None:
            watched.begin(task.case)
        began = time.perf_counter()
        error = ""
        try:
            answer = self._contestants[task.contestant].answer(task.case, instance, events.append)
        except Exception:  # a crash is one wrong case, not the end of the benchmark
            error = traceback.format_exc(limit=-1).strip().splitlines()[-1]
            answer = Answer("error")
        seconds = time.perf_counter() - began
        observed = watched.end(events) if watched is not None else None
        result = mark(task.case, instance, answer, seconds, error)
        if answer.verdict == "root_cause" and answer.virtual_time:
            result = self._with_fix(result, answer, instance)
        return Outcome(task, result, observed)

    def _with_fix(
        self, result: CaseResult, answer: Answer, instance: ScenarioInstance
    ) -> CaseResult:
        at = datetime.fromisoformat(answer.virtual_time or "").astimezone(UTC)
        try:
            tried = self._try_out(answer.remedy, instance, at)
        except Exception:  # likewise: the answer stands, only its fix could not be tried
            note = traceback.format_exc(limit=-1).strip().splitlines()[-1]
            return result.model_copy(update={"fixed_note": f"could not be tried: {note}"})
        return result.model_copy(update={"fixed": tried.fixed, "fixed_note": tried.note})


def mark(
    case: Case, instance: ScenarioInstance, answer: Answer, seconds: float, error: str = ""
) -> CaseResult:
    """The answer held against what the scenario expects."""
    wanted = instance.expect
    expected = f"{wanted.cause} {wanted.object}" if wanted else ""
    if instance.control is not None:
        expected = instance.control.verdict
    named = answer.verdict == "root_cause"
    got = f"{answer.cause} {answer.object}" if named else answer.verdict
    return CaseResult.model_validate(
        {
            "scenario": case.scenario,
            "seed": case.seed,
            "family": instance.family,
            "control": instance.control is not None,
            "verdict": answer.verdict,
            "cause_id": answer.cause,
            "object": answer.object,
            "correct": got == expected,
            "expected": expected,
            "got": error or got,
            "moves": answer.moves,
            "invalid_moves": answer.invalid_moves,
            "fallbacks": len(answer.fallbacks),
            "fallback_reasons": dict(Counter(answer.fallbacks).most_common()),
            "asked": answer.asked,
            "agreed": answer.agreed,
            "repaired": answer.repaired,
            "seconds": round(seconds, 3),
        }
    )


def main(pipe: Connection, home: str, job: Job) -> None:
    """The life of a worker process: until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    prepare(Path(home))
    bench = Bench(job)
    bench.warm_up()
    pipe.send(None)  # ready
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(bench.run(task))


def prepare(home: Path) -> None:
    """An environment, a working folder and a stderr of its own."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    variables = private(home, os.environ)
    os.environ.clear()
    os.environ.update(variables, TMPDIR=str(home / "tmp"))
    os.chdir(home)
    descriptor = os.open(home / STDERR, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    sys.stderr.flush()
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _made(dotted: str) -> Observer:
    """An observer by the dotted name of its class."""
    module, _, name = dotted.partition(":")
    observer: Observer = getattr(importlib.import_module(module), name)()
    return observer
