"""What a program does once started: its whole future, from its profile and its surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.simulator.controllers.owned import matches
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet.records import Run
from sandbox.simulator.quantity import size
from sandbox.simulator.store import Object
from sandbox.simulator.world import App, Repeat, Requirement

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


def profile(engine: Engine, container: Mapping[str, Any]) -> App:
    """The profile of a container's program."""
    command = " ".join([*container.get("command", []), *container.get("args", [])])
    found = engine.world.app(container.get("image", ""), command, container["name"])
    return found or App(image=container.get("image", ""))


def missing_binary(app: App, container: Mapping[str, Any]) -> str | None:
    """The runtime's message when the command does not exist in the image."""
    command = [*container.get("command", []), *container.get("args", [])]
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
    declared = [int(port["containerPort"]) for port in container.get("ports", [])]
    run = Run(
        id=id_,
        started=engine.now,
        lines=[(0.0, line) for line in app.log],
        ports=frozenset(declared if app.listens is None else app.listens),
        listens_from=app.startup,
        http=dict(app.http),
        on_term=app.on_term,
    )
    for requirement in app.requires:
        if _met(engine, pod["metadata"]["namespace"], requirement, around):
            continue
        _frustrate(run, requirement)
        break
    else:
        run.lines += [(app.startup, line) for line in app.ready_log]
        run.repeat, run.repeat_from = app.repeat, app.startup
        ending = app.exits
        if ending and (ending.runs is None or around.runs_before < ending.runs):
            run.lines += [(ending.after, line) for line in ending.log]
            run.ends, run.exit_code = ending.after, ending.code
            run.reason = "Completed" if ending.code == 0 else "Error"
    _memory(run, app, container)
    return run


def still_missing(engine: Engine, pod: Object, run: Run) -> bool:
    """Whether what a waiting program looks for again and again is still not there."""
    wanted = run.waits_for
    if wanted is None or wanted.env is not None or wanted.file is not None:
        return wanted is not None  # an environment and a file list do not change while it runs
    return not _present(engine, pod["metadata"]["namespace"], wanted)


def _met(engine: Engine, namespace: str, wanted: Requirement, around: Surroundings) -> bool:
    if wanted.env is not None:
        return bool(around.env.get(wanted.env))
    if wanted.file is not None:
        return wanted.file in around.files
    return _present(engine, namespace, wanted)


def _present(engine: Engine, namespace: str, wanted: Requirement) -> bool:
    if wanted.service is not None:
        return engine.store.get("services", namespace, wanted.service) is not None
    service = engine.store.get("services", namespace, wanted.endpoint or "")
    return service is not None and any(
        matches(service["spec"].get("selector", {}), pod["metadata"].get("labels", {}))
        and any(
            c["type"] == "Ready" and c["status"] == "True"
            for c in pod["status"].get("conditions", [])
        )
        for pod in engine.store.list("pods", namespace)
    )


def _frustrate(run: Run, wanted: Requirement) -> None:
    """What a program does that does not find what it needs: complain and exit, or wait."""
    run.ports = frozenset()
    if wanted.wait is not None:
        run.waits_for = wanted
        run.repeat_from = wanted.after
        run.repeat = Repeat(every=wanted.wait, line="\n".join(wanted.log))
        return
    run.lines += [(wanted.after, line) for line in wanted.log]
    run.ends, run.exit_code = wanted.after, wanted.exit if wanted.exit is not None else 1
    run.reason = "Completed" if run.exit_code == 0 else "Error"


def _memory(run: Run, app: App, container: Mapping[str, Any]) -> None:
    """The kernel's verdict, when the program takes more than its limit before it ends."""
    limit = container.get("resources", {}).get("limits", {}).get("memory")
    if limit is None or run.waits_for is not None:
        return
    if size(app.memory) > size(limit):
        at = 0.1
    elif app.memory_peak is not None and size(app.memory_peak) > size(limit):
        at = app.peak_after
    else:
        return
    if run.ends is not None and run.ends <= at:
        return
    run.lines = [(when, line) for when, line in run.lines if when < at]
    run.ends, run.exit_code, run.reason = at, 137, "OOMKilled"


def text(run: Run, now: datetime) -> list[tuple[datetime, str]]:
    """All lines a run has printed by now (or by its end), with their times."""
    from datetime import timedelta

    end = ((run.finished or now) - run.started).total_seconds()
    found = [(when, line) for when, line in run.lines if when <= end]
    if run.repeat is not None:
        moment, number = run.repeat_from, 1
        while moment <= end:
            found += [
                (moment, line.replace("{n}", str(number))) for line in run.repeat.line.split("\n")
            ]
            moment, number = moment + run.repeat.every, number + 1
    found.sort(key=lambda item: item[0])
    return [(run.started + timedelta(seconds=when), line) for when, line in found]


def resume(
    engine: Engine, pod: Object, container: Mapping[str, Any], run: Run, *, init: bool
) -> None:
    """What a waiting program does once it finds what it waited for.

    An init program has done its work; any other starts to serve.
    """
    age = (engine.now - run.started).total_seconds()
    run.lines = [((at - run.started).total_seconds(), line) for at, line in text(run, engine.now)]
    run.waits_for, run.repeat = None, None
    app = profile(engine, container)
    if init:
        run.ends, run.exit_code, run.reason = age, 0, "Completed"
        return
    declared = [int(port["containerPort"]) for port in container.get("ports", [])]
    run.ports = frozenset(declared if app.listens is None else app.listens)
    run.listens_from = age + app.startup
    run.lines += [(run.listens_from, line) for line in app.ready_log]
    run.repeat, run.repeat_from = app.repeat, run.listens_from
