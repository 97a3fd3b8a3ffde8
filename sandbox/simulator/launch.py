"""Launching a scenario: the cluster built and settled, its API server up, a kubeconfig written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from sandbox.cel import holds
from sandbox.instance import ScenarioInstance
from sandbox.scenario import load
from sandbox.simulator import steps
from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.engine import Engine
from sandbox.simulator.intake import apply
from sandbox.simulator.pace import MANUAL, Pace
from sandbox.simulator.server import ApiServer
from sandbox.simulator.settle import build, settle
from sandbox.stateview import state
from tools.errors import UsageError

_SPEC = re.compile(r"^(?:sim:)?([a-z0-9][a-z0-9-]*|.+\.yaml)(?:@(\d{1,9}))?$")
SPACING = 0.12
"""Seconds between two objects of one `kubectl apply`."""
SETTLE_STEP = 7.0
"""Seconds by which a story is made longer when its fault does not show at the drawn time."""
SETTLE_LIMIT = 140.0
"""At most so much longer; the longest program of a scenario runs about a minute between crashes."""


class Running:
    """A scenario that runs. Stop it, or use it as a context manager."""

    def __init__(
        self, instance: ScenarioInstance, engine: Engine, server: ApiServer, kubeconfig: Path
    ) -> None:
        self.instance = instance
        """The scenario with its seed."""
        self.engine = engine
        """The control plane behind the API server."""
        self.server = server
        """The API server."""
        self.kubeconfig = kubeconfig
        """A kubeconfig for it, mode 0600; its context's namespace is the scenario's."""

    def stop(self) -> None:
        """Stop the server and remove the kubeconfig. Safe to call twice."""
        self.server.stop()
        self.kubeconfig.unlink(missing_ok=True)

    def __enter__(self) -> Running:
        """The running scenario."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()


def parse(spec: str) -> tuple[str, int]:
    """Scenario id (or path of its file) and seed of `sim:ID[@SEED]`. Raises UsageError."""
    found = _SPEC.match(spec)
    if not found:
        raise UsageError(
            f"not a simulated cluster: {spec!r}", "write sim:SCENARIO or sim:SCENARIO@SEED"
        )
    return found[1], int(found[2] or 0)


def launch(spec: str, folder: Path, *, at: datetime | None = None, pace: Pace = MANUAL) -> Running:
    """Build the cluster of `sim:ID[@SEED]` and serve it on 127.0.0.1.

    `at` is the virtual present (default: now), `pace` how time passes from then on; the same spec and
    `at` give the same objects. The kubeconfig goes into `folder`; its context is called like the spec.
    Raises UsageError.
    """
    instance = load(*parse(spec))
    engine = populate(instance, at or datetime.now(UTC))
    server = ApiServer(engine, PodLogs(engine), pace=pace)
    server.serve()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "simulator.kubeconfig"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        context = f"sim:{spec.removeprefix('sim:')}"  # as reports call it, to paste their commands
        text = server.kubeconfig_text(instance.namespace, context=context)
        file.write(text)
    return Running(instance, engine, server, path)


def populate(
    instance: ScenarioInstance, at: datetime, watch: Callable[[Engine], None] | None = None
) -> Engine:
    """The instance's cluster at the virtual present `at` (kept to whole seconds).

    The drawn settle time may hit a second in which the fault does not show (a crash-looping program
    runs between two crashes); then the story is told as some seconds longer. `watch` is called with
    each cluster just before the scenario's own objects are made; the last one is returned.
    """
    at = at.astimezone(UTC).replace(microsecond=0)
    engine = _tell(instance, at, instance.settle, watch)
    extra = 0.0
    while extra < SETTLE_LIMIT and not _shows(instance, engine):
        engine.advance(SETTLE_STEP)
        extra += SETTLE_STEP
    return _tell(instance, at, instance.settle + extra, watch) if extra else engine


def _shows(instance: ScenarioInstance, engine: Engine) -> bool:
    return holds(instance.symptom, state(engine.store, instance.namespace))


def _tell(
    instance: ScenarioInstance,
    at: datetime,
    settle_seconds: float,
    watch: Callable[[Engine], None] | None,
) -> Engine:
    """The cluster after everything has happened, `settle_seconds` after the last step."""
    story = settle_seconds + sum(steps.duration(step) for step in instance.then)
    oldest = max([story, *(story + item.age for item in instance.neighbours)])
    start = at - timedelta(seconds=oldest + instance.cluster_age)
    engine = build(instance.world, start, f"{instance.id}@{instance.seed}")
    for item in sorted(instance.neighbours, key=lambda item: -item.age):
        engine.run_until(max(engine.now, at - timedelta(seconds=story + item.age)))
        apply(engine, item.manifest, instance.namespace)
    engine.run_until(at - timedelta(seconds=story))
    engine.begin()
    if watch is not None:
        watch(engine)
    for manifest in instance.objects:
        apply(engine, manifest, instance.namespace)
        engine.advance(SPACING)
    refused = steps.perform_all(engine, instance.then, instance.namespace)
    if refused is not None:
        raise UsageError(f"{instance.id}: step {refused.step!r} is refused: {refused.message}")
    settle(engine, max((at - engine.now).total_seconds(), 0))
    return engine
