"""Episode: one scenario at one seed, investigated in this process with the real kubectl."""

from __future__ import annotations

import os
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import NamedTuple

from scripts.bench.witness import Started, Witness
from tests.gate_oracle import problems
from tools.kubectl.command import build_argv
from tools.ladder import Ladder


class Case(NamedTuple):
    """What to investigate."""

    scenario: str
    seed: int
    stripped: bool
    """The alert carries nothing but its name and namespace."""


class Episode(NamedTuple):
    """How it went."""

    case: Case
    control: bool
    """There is nothing to be found."""
    right: bool
    """Cause and object as expected; for a control the expected verdict."""
    answer: str
    """Cause and object, or the verdict, or the error."""
    seconds: float
    commands: int
    """Programs started, `--help` calls aside."""
    ungated: list[str]
    """Commands that no verdict of the gate covers, or that an independent reader objects to."""
    writes: list[str]
    """Requests that would change the cluster."""


_witness = Witness()


def prepare(home: str) -> None:
    """Once in a worker process: an own home, no settings from outside, and a witness."""
    for name in list(os.environ):
        if name.startswith("MAGOS_") or name == "PROMETHEUS_URL":
            del os.environ[name]
    os.environ.update(environment(Path(home)))
    os.chdir(home)
    _witness.install()


def environment(home: Path) -> dict[str, str]:
    """Variables that give a process an own home and no cluster."""
    return {
        "HOME": str(home),
        "KUBECONFIG": str(home / "no-kubeconfig"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_STATE_HOME": str(home / ".local/state"),
    }


def run(case: Case) -> Episode:
    """Investigate one case. An error is an answer too, and a wrong one."""
    from sandbox.scenario import load

    instance = load(case.scenario, case.seed)
    wanted = instance.expect
    expected = f"{wanted.cause} {wanted.object}" if wanted else "healthy"
    if instance.control is not None:
        expected = instance.control.verdict
    _witness.take()
    began = time.perf_counter()
    passed: list[str] = []
    try:
        answer, passed = _investigate(case, instance.alert)
    except Exception:  # a crash is one wrong case, not the end of the benchmark
        answer = traceback.format_exc(limit=-1).strip().splitlines()[-1]
    seconds = time.perf_counter() - began
    started, writes = _witness.take()
    commands = [item for item in started if not item.is_help]
    return Episode(
        case=case,
        control=instance.control is not None,
        right=answer == expected,
        answer=answer,
        seconds=seconds,
        commands=len(commands),
        ungated=ungated(commands, passed),
        writes=writes,
    )


def _investigate(case: Case, labels: dict[str, str]) -> tuple[str, list[str]]:
    """The answer, and the texts of the moves that the gate allowed."""
    from agent import engine
    from agent.incident import Alert
    from agent.request import Request
    from agent.runs import RunStore
    from agent.settings import load
    from agent.trajectory import Event

    if case.stripped:
        labels = {key: labels[key] for key in ("alertname", "namespace") if key in labels}
    events: list[Event] = []
    with tempfile.TemporaryDirectory() as state:
        report = engine.investigate(
            Request(alerts=[Alert(labels=labels)], cluster=f"sim:{case.scenario}@{case.seed}"),
            RunStore(Path(state)),
            load({}),
            events.append,
            threading.Event(),
        )
    cause = report.root_cause
    allowed = {
        event.data["move"]
        for event in events
        if event.type == "verdict" and event.data["decision"] == "allow"
    }
    passed = [
        str(event.data["text"])
        for event in events
        if event.type == "observation" and event.data["move"] in allowed
    ]
    return f"{cause.id} {cause.object}" if cause else report.verdict, passed


def ungated(commands: list[Started], passed: list[str]) -> list[str]:
    """Commands that are not, word by word, a move that passed, or that change something."""
    ladder = Ladder.packed()
    known: dict[tuple[str, ...], str] = {}
    for line in passed:
        move = ladder.judge(line).move
        if move is not None and move.kind == "kubectl":
            known[tuple(build_argv(move))] = line
    found: list[str] = []
    for command in commands:
        words = command.argv[1:]
        text = known.get(words)
        if text is None or Path(command.argv[0]).name.partition(".")[0] != "kubectl":
            found.append(f"no verdict: {' '.join(command.argv)}")
        elif against := problems(text, words, writes=False):
            found.append(f"{text}: {', '.join(against)}")
    return found
