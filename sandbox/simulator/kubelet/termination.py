"""The end of a pod that is being deleted: hooks, SIGTERM, SIGKILL, and its removal from the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.simulator.clock import seconds
from sandbox.simulator.deletion import delete
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import hooks, status
from sandbox.simulator.kubelet.place import NOTICE, Place
from sandbox.simulator.kubelet.records import ContainerRecord, PodRecord, Run
from sandbox.simulator.store import Object

TEARDOWN = 0.8
"""Seconds between the end of the last container and the pod's removal: volumes and sandbox."""
_SLEEP = re.compile(r"\bsleep\s+(\d+)")


def stop(
    engine: Engine, pod: Object, record: PodRecord, places: list[Place]
) -> tuple[Object | None, float | None]:
    """Bring a marked pod nearer to its end: the pod as it is then, and seconds until the next look."""
    grace = float(pod["metadata"].get("deletionGracePeriodSeconds", 0))
    if record.stopping is None:
        record.stopping = engine.now
        for place in places:
            _signal(place, record.containers[place.spec["name"]], grace)
    deadline = record.stopping + seconds(grace)
    running = [c for c in record.containers.values() if c.phase == "running"]
    for container in running:
        _reap(container, deadline, engine.now)
    ends = [
        min(c.killing or deadline, deadline + seconds(NOTICE))
        for c in record.containers.values()
        if c.phase == "running"
    ]
    if not ends and record.stopped is None:
        record.stopped = engine.now
    pod = engine.set_status(pod, status.build(engine, pod, record))
    if record.stopped is None:
        return pod, max((min(ends) - engine.now).total_seconds(), 0.001)
    left = TEARDOWN - (engine.now - record.stopped).total_seconds()
    if left > 0:
        return pod, left
    return delete(engine, pod, grace=0), None


def _signal(place: Place, record: ContainerRecord, grace: float) -> None:
    """Hook (preStop) and SIGTERM; what the program makes of it decides when it ends."""
    run = record.run
    if record.phase != "running" or run is None:
        record.due = None
        return
    place.say("Normal", "Killing", f"Stopping container {place.spec['name']}")
    record.due = None
    record.probes.clear()
    hooks.pre_stop(place)
    hook = min(_hook_seconds(place.spec), grace)
    # without a handler for SIGTERM the kernel's SIGKILL ends it when the period is over
    ignores = run.on_term is None
    pause = grace if ignores else hook + NOTICE
    code = 137 if ignores or hook + NOTICE > grace > 0 else int(run.on_term or 0)
    run.exit_code, run.reason = code, "Completed" if code == 0 else "Error"
    run.ends = None
    record.killing = place.engine.now + seconds(pause if pause else NOTICE)


def _reap(record: ContainerRecord, deadline: datetime, now: datetime) -> None:
    run = record.run
    end = record.killing or now
    if run is None or now < min(end, deadline + seconds(NOTICE)):
        return
    _ended(record, run, now)


def _ended(record: ContainerRecord, run: Run, now: datetime) -> None:
    run.finished, record.killing = now, None
    record.phase, record.reason, record.message = "ended", "", ""
    record.due = record.until = None
    record.ready = record.passed_startup = False


def _hook_seconds(spec: Mapping[str, Any]) -> float:
    """How long a container's preStop hook takes; only sleeping takes time here."""
    hook = spec.get("lifecycle", {}).get("preStop", {})
    if "sleep" in hook:
        return float(hook["sleep"].get("seconds", 0))
    found = _SLEEP.search(" ".join(hook.get("exec", {}).get("command", [])))
    return float(found[1]) if found else 0.0
