"""Scenario steps, done in process: kubectl command lines, merge patches, manifests, pauses."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import NamedTuple

from sandbox.instance import Apply, Patch, Step, Wait
from sandbox.simulator.commands.applying import apply
from sandbox.simulator.commands.run import run
from sandbox.simulator.commands.session import MERGE, Refusal, Session
from sandbox.simulator.engine import Engine

STEP_SECONDS = 1.0
"""How long a command takes, as far as the cluster is concerned."""


class StepRefused(NamedTuple):
    """A step that the server, or kubectl itself, would not do."""

    step: str
    """The step as text."""
    message: str
    """The server's `message`, or kubectl's own words."""
    code: int
    """HTTP status; 0 when kubectl refused before asking."""
    reason: str
    """The server's `reason`: NotFound, Invalid, Forbidden, ..."""


def duration(step: Step) -> float:
    """Seconds that a step takes, unless it waits for something to go away."""
    return step.wait if isinstance(step, Wait) else STEP_SECONDS


def text(step: Step) -> str:
    """A step in one line."""
    match step:
        case Patch():
            return f"patch {step.object} {json.dumps(step.patch, sort_keys=True)}"
        case Apply():
            return f"apply {step.apply['kind']}/{step.apply['metadata']['name']}"
        case Wait():
            return f"wait {step.wait:g} s"
    return step


def perform(engine: Engine, step: Step, namespace: str) -> StepRefused | None:
    """Do one step, then let its seconds pass.

    What the server says no to changes nothing and comes back as a value. Raises UsageError for a
    command that scenarios do not have.
    """
    try:
        match step:
            case Patch():
                session = Session(engine, namespace)
                kind, _, name = step.object.partition("/")
                session.patch(session.named([f"{kind}/{name}"])[0], step.patch, MERGE)
            case Apply():
                apply(Session(engine, namespace), step.apply)
            case str():
                if not step.startswith("rollout status"):
                    run(engine, step, namespace)
        engine.advance(duration(step))
        if isinstance(step, str) and step.startswith("rollout status"):
            run(engine, step, namespace)
    except Refusal as refusal:
        return StepRefused(text(step), refusal.message, refusal.code, refusal.reason)
    return None


def perform_all(engine: Engine, steps: list[Step], namespace: str) -> StepRefused | None:
    """Do steps in order, up to the first that is refused."""
    for step in steps:
        refused = perform(engine, step, namespace)
        if refused is not None:
            return refused
    return None


def kubectl_argv(step: Step, namespace: str, folder: Path, number: int = 0) -> list[str] | None:
    """The argv after `kubectl` that does a step on a real command line; None for a pause.

    A manifest is written into `folder` under `number`.
    """
    match step:
        case Wait():
            return None
        case Patch():
            kind, _, name = step.object.partition("/")
            body = json.dumps(step.patch)
            return ["patch", kind, name, "-n", namespace, "--type=merge", "-p", body]
        case Apply():
            path = folder / f"step-{number}.json"
            path.write_text(json.dumps(step.apply), encoding="utf-8")
            return ["apply", "-n", namespace, "-f", str(path)]
    words = shlex.split(step)
    at = words.index("--") if "--" in words else len(words)
    if {"-n", "--namespace"} & set(words[:at]):
        return words
    return [*words[:at], "-n", namespace, *words[at:]]
