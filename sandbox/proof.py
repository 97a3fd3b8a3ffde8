"""Proof that a scenario is what it says: it breaks, its right fixes heal it, its wrong ones do not.

The story is told once; every trial runs on a fork of it in virtual time. A cluster counts as healed
when it stays so, because a program in a crash loop is up for some seconds between two crashes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from sandbox.cel import holds
from sandbox.instance import ScenarioInstance, Step
from sandbox.simulator import steps
from sandbox.simulator.clock import Clock
from sandbox.simulator.engine import Engine
from sandbox.simulator.launch import populate
from sandbox.stateview import state

LOOK = 10.0
"""Seconds between two looks at a cluster."""
PATIENCE = 600.0
"""Seconds a remedy has to work; the longest back-off of a crashed container is 300."""
CALM = 120.0
"""Seconds for which a cluster must stay healed; no program here runs longer between two crashes."""


class Trial(BaseModel):
    """What happened after a remedy, or without one."""

    steps: list[str]
    """The remedy; empty: nothing was done."""
    refused: str | None = None
    """What the server said no to, when it did."""
    healed_after: float | None = None
    """Seconds from the remedy to the beginning of lasting health; None: never."""
    harm: list[str] = Field(default_factory=list)
    """Forbidden conditions that came true."""

    @property
    def healed(self) -> bool:
        """Whether the remedy worked and did no harm."""
        return self.healed_after is not None and not self.harm and self.refused is None

    def __str__(self) -> str:
        what = "; ".join(self.steps) or "nothing"
        if self.refused is not None:
            return f"{what}: refused: {self.refused}"
        healed = "never" if self.healed_after is None else f"after {self.healed_after:g} s"
        return f"{what}: healed {healed}" + (f", harm: {'; '.join(self.harm)}" if self.harm else "")


class Proof(BaseModel):
    """What a scenario was seen to do at one seed."""

    scenario: str
    """Scenario id."""
    seed: int
    """Seed."""
    problems: list[str]
    """What is not as the scenario says, each in one line."""
    untouched: Trial
    """Nothing was done."""
    right: list[Trial]
    """Each right fix."""
    wrong: list[Trial]
    """Each wrong fix."""

    @property
    def holds(self) -> bool:
        """Whether the scenario is what it says."""
        return not self.problems


def prove(instance: ScenarioInstance, at: datetime) -> Proof:
    """Try everything that a scenario says about itself, at the virtual present `at`.

    Raises UsageError for a story that cannot be told.
    """
    engine = populate(instance, at)
    problems = _before(instance, engine)
    untouched = attempt(instance, engine, [])
    right = [attempt(instance, engine, fix) for fix in instance.fixes.right]
    wrong = [attempt(instance, engine, fix) for fix in instance.fixes.wrong]
    if instance.control is not None:
        if untouched.healed_after != 0 or untouched.harm:
            problems.append(f"a control must be well and stay so; {untouched}")
        if right or wrong:
            problems.append("a control has no fixes")
    else:
        problems += _judge(instance, untouched, right, wrong)
    return Proof(
        scenario=instance.id,
        seed=instance.seed,
        problems=problems,
        untouched=untouched,
        right=right,
        wrong=wrong,
    )


def attempt(
    instance: ScenarioInstance, engine: Engine, fix: Sequence[Step], *, patience: float = PATIENCE
) -> Trial:
    """Do a remedy on a fork of the cluster and watch for `patience` seconds what becomes of it."""
    other = fork(engine)
    refused = steps.perform_all(other, list(fix), instance.namespace)
    trial = observe(instance, other, patience=patience)
    trial.steps = [steps.text(step) for step in fix]
    if refused is not None:
        trial.refused = f"{refused.step}: {refused.message}"
    return trial


def observe(instance: ScenarioInstance, engine: Engine, *, patience: float = PATIENCE) -> Trial:
    """Let time pass until the cluster has healed for good, or has had its time to."""
    trial = Trial(steps=[])
    began, seen = engine.now, -1
    well_since: float | None = None
    well = False
    while True:
        age = (engine.now - began).total_seconds()
        if engine.store.version != seen:  # nothing written, nothing new to see
            seen = engine.store.version
            view = state(engine.store, instance.namespace)
            well = holds(instance.resolved, view)
            if instance.control is None:
                well = well and not holds(instance.symptom, view)
            harm = [item for item in instance.forbidden if holds(item, view)]
            trial.harm += [item for item in harm if item not in trial.harm]
        well_since = None if not well else age if well_since is None else well_since
        if well_since is not None and age - well_since >= CALM:
            trial.healed_after = well_since
            return trial
        if age >= patience and (well_since is None or age >= patience + CALM):
            return trial
        engine.advance(LOOK)


def fork(engine: Engine) -> Engine:
    """The same cluster at the same moment, free to go its own way."""
    clock = Clock(engine.now)
    return engine.fork(engine.store.fork(clock.now), clock)


def _before(instance: ScenarioInstance, engine: Engine) -> list[str]:
    """What is wrong with the cluster before anything is done."""
    view = state(engine.store, instance.namespace)
    problems = []
    if not holds(instance.symptom, view):
        problems.append("the symptom does not show")
    if instance.control is None and holds(instance.resolved, view):
        problems.append("it counts as resolved from the start")
    problems += [
        f"forbidden from the start: {item}" for item in instance.forbidden if holds(item, view)
    ]
    return problems


def _judge(
    instance: ScenarioInstance, untouched: Trial, right: list[Trial], wrong: list[Trial]
) -> list[str]:
    problems = []
    if untouched.healed_after is not None:
        problems.append(f"it heals by itself; {untouched}")
    if untouched.harm:
        problems.append(f"untouched: {untouched}")
    if not right:
        problems.append("it has no right fix")
    if len(wrong) < 2:
        problems.append("it has fewer than two wrong fixes")
    problems += [f"a right fix fails: {trial}" for trial in right if not trial.healed]
    problems += [f"a wrong fix works: {trial}" for trial in wrong if trial.healed]
    told = instance.fixes.model_dump()
    twice = [json.dumps(fix, sort_keys=True) for fix in (*told["right"], *told["wrong"])]
    if len(set(twice)) != len(twice):
        problems.append("the same fix stands there twice")
    return problems
