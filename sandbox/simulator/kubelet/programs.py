"""What a program does once started: its whole future, from its profile and its surroundings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.simulator import curves
from sandbox.simulator.apps import App, Repeat, Requirement
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import dependencies, disks
from sandbox.simulator.kubelet.profiles import profile
from sandbox.simulator.kubelet.records import Run
from sandbox.simulator.quantity import size
from sandbox.simulator.store import Object

NOT_FOUND = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: exec: {quoted}: {why}: unknown"
)


@dataclass(frozen=True)
class Surroundings:
    """What a program finds when it starts."""

    env: Mapping[str, str]
    """Its environment."""
    files: frozenset[str]
    """Paths below its volume mounts that exist."""
    runs_before: int
    """How many times this container ran before."""


def missing_binary(app: App, container: Mapping[str, Any]) -> str | None:
    """The runtime's message when the command does not exist in the image, or is no program."""
    command = [*container.get("command", []), *container.get("args", [])]
    if (
        command and app.binaries == []
    ):  # args alone are a command too, for an image without entrypoint
        return NOT_FOUND.format(quoted=f'"{command[0]}"', why="executable file not found in $PATH")
    if container.get("command") and command[0] in app.not_executable:
        return NOT_FOUND.format(quoted=f'"{command[0]}"', why="permission denied")
    if not container.get("command") or app.binaries is None or command[0] in app.binaries:
        return None
    if command[0].startswith("/"):
        why = f"stat {command[0]}: no such file or directory"
    else:
        why = "executable file not found in $PATH"
    return NOT_FOUND.format(quoted=f'"{command[0]}"', why=why)


def start(
    engine: Engine, pod: Object, container: Mapping[str, Any], around: Surroundings, id_: str
) -> Run:
    """A run of the container's program, with all that will happen to it."""
    app = profile(engine, container)
    startup = curves.startup_seconds(app, container)
    run = Run(
        id=id_,
        started=engine.now,
        lines=[(0.0, line) for line in app.log],
        ports=_ports(app, container),
        listens_from=startup,
        http=dict(app.http),
        on_term=app.on_term,
        env=dict(around.env) if any(w.connect for w in app.requires) else {},
    )
    met = _look(engine, pod, container, run, app.requires, around)
    if met:
        run.lines += [(startup, line) for line in app.ready_log]
        run.repeat, run.repeat_from = app.repeat, startup
        ending = app.exits
        if ending and (ending.runs is None or around.runs_before < ending.runs):
            run.lines += [(ending.after, line) for line in ending.log]
            run.ends, run.exit_code = ending.after, ending.code
            run.reason = "Completed" if ending.code == 0 else "Error"
        disks.begin(engine, pod, container, run)
    _memory(run, app, container)
    return run


def still_missing(engine: Engine, pod: Object, container: Mapping[str, Any], run: Run) -> bool:
    """Whether what a waiting program looks for again and again is still not there.

    When it is missing for another reason than before, the program says so from now on.
    """
    wanted = run.waits_for
    if wanted is None or wanted.env is not None or wanted.file is not None:
        return wanted is not None  # an environment and a file list do not change while it runs
    error = dependencies.problem(engine, pod, container, wanted, run.env)
    if error is not None and not dependencies.same(error, run.complaint):
        _freeze(run, engine.now)
        run.complaint = error
        run.repeat_from = (engine.now - run.started).total_seconds()
        lines = dependencies.said(wanted, error, run.env)
        run.repeat = Repeat(every=wanted.wait or dependencies.RETRY, line="\n".join(lines))
    return error is not None


def text(run: Run, now: datetime) -> list[tuple[datetime, str]]:
    """All lines a run has printed by now (or by its end), with their times."""
    end = ((run.finished or now) - run.started).total_seconds()
    found = [(when, line) for when, line in run.lines if when <= end]
    if run.repeat is not None:
        moment, number = run.repeat_from, 1
        until = end if run.hung_from is None else min(end, run.hung_from)
        while moment <= until:
            found += [
                (moment, line.replace("{n}", str(number))) for line in run.repeat.line.split("\n")
            ]
            moment, number = moment + run.repeat.every, number + 1
    for outage in run.outages:
        moment = outage.since
        while moment <= min(end, end if outage.until is None else outage.until):
            found += [(moment, line) for line in outage.lines]
            moment += outage.every
    found.sort(key=lambda item: item[0])
    return [(run.started + timedelta(seconds=when), line) for when, line in found]


def resume(
    engine: Engine, pod: Object, container: Mapping[str, Any], run: Run, *, init: bool
) -> None:
    """What a waiting program does once it finds what it waited for.

    It looks for the next thing it needs; when that is there too, an init program has done its work
    and any other starts to serve.
    """
    age = (engine.now - run.started).total_seconds()
    _freeze(run, engine.now)
    found, run.waits_for, run.repeat, run.complaint = run.waits_for, None, None, ""
    app = profile(engine, container)
    later = app.requires[app.requires.index(found) + 1 :] if found in app.requires else []
    if not _look(engine, pod, container, run, later, None, age):
        return
    if init:
        run.ends, run.exit_code, run.reason = age, 0, "Completed"
        return
    run.ports = _ports(app, container)
    run.listens_from = age + curves.startup_seconds(app, container)
    run.lines += [(run.listens_from, line) for line in app.ready_log]
    run.repeat, run.repeat_from = app.repeat, run.listens_from
    disks.begin(engine, pod, container, run)
    _memory(run, app, container, age)


def adopt(container: Mapping[str, Any], run: Run, app: App, now: datetime) -> None:
    """Another profile for a program that runs: what it has printed stays, its future is the new one.

    Requirements are looked at when a program starts; ports and start-up stay what they were.
    """
    age = (now - run.started).total_seconds()
    _freeze(run, now)
    run.lines = [(when, line) for when, line in run.lines if when <= age]
    run.http, run.on_term = dict(app.http), app.on_term
    if run.waits_for is not None:
        return
    run.repeat, run.repeat_from = app.repeat, max(age, run.listens_from)
    run.ends, run.exit_code, run.reason = None, 0, "Completed"
    if app.exits is not None:
        run.ends, run.exit_code = age + app.exits.after, app.exits.code
        run.lines += [(run.ends, line) for line in app.exits.log]
        run.reason = "Completed" if run.exit_code == 0 else "Error"
    _memory(run, app, container, age)


def _look(
    engine: Engine,
    pod: Object,
    container: Mapping[str, Any],
    run: Run,
    requirements: Sequence[Requirement],
    around: Surroundings | None,
    age: float = 0,
) -> bool:
    """Look for what is needed, in order; False, and the run's fate decided, at the first miss.

    Without `around` (a program that runs already) environment and files are taken as found.
    """
    for wanted in requirements:
        if wanted.unhealthy:
            continue  # it runs on without that
        error: str | None = None
        if wanted.env is not None:
            missing = around is not None and not around.env.get(wanted.env)
            error = dependencies.MISSING if missing else None
        elif wanted.file is not None:
            missing = around is not None and wanted.file not in around.files
            error = dependencies.MISSING if missing else None
        else:
            error = dependencies.problem(engine, pod, container, wanted, run.env)
        if error is not None:
            _frustrate(run, wanted, error, age)
            return False
    return True


def _frustrate(run: Run, wanted: Requirement, error: str, age: float) -> None:
    """What a program does that does not find what it needs: complain and exit, or wait."""
    run.ports = frozenset()
    lines = dependencies.said(wanted, error, run.env)
    if wanted.wait is not None:
        run.waits_for, run.complaint = wanted, error
        run.repeat_from = age + wanted.after
        run.repeat = Repeat(every=wanted.wait, line="\n".join(lines))
        return
    at = age + wanted.after
    run.lines += [(at, line) for line in lines]
    run.ends, run.exit_code = at, wanted.exit if wanted.exit is not None else 1
    run.reason = "Completed" if run.exit_code == 0 else "Error"


def _freeze(run: Run, now: datetime) -> None:
    """Turn what was printed so far into plain lines, so that the repeated line may change."""
    outages, run.outages = run.outages, []
    run.lines = [((at - run.started).total_seconds(), line) for at, line in text(run, now)]
    run.outages = outages


def _ports(app: App, container: Mapping[str, Any]) -> frozenset[int]:
    declared = [int(port["containerPort"]) for port in container.get("ports", [])]
    return frozenset(declared if app.listens is None else app.listens)


def _memory(run: Run, app: App, container: Mapping[str, Any], age: float = -1) -> None:
    """The kernel's verdict, when the program takes more than its limit before it ends."""
    limit = curves.limit(container, "memory")
    if limit is None or run.waits_for is not None:
        return
    at = curves.oom_at(app, size(limit))
    if at is None:
        return
    at = max(at, age + 1)
    if run.ends is not None and run.ends <= at:
        return
    run.lines = [(when, line) for when, line in run.lines if when < at]
    run.ends, run.exit_code, run.reason = at, 137, "OOMKilled"
