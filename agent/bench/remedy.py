"""Remedy: a proposed fix, carried out in a copy of the case's simulated cluster."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from agent.reportparts import Remedy, RemedyMove
from sandbox.instance import Apply, ScenarioInstance, Step
from tools.errors import UsageError

PATIENCE = 900.0
"""Simulated seconds in which a fix must work."""
PLACEHOLDER = re.compile(r"<[^<>\s][^<>]*>")
"""What a person must decide."""
READS = ("get", "describe", "logs", "events", "top", "explain", "rollout status", "rollout history")
"""Commands that mend nothing."""


class Tried(NamedTuple):
    """What a fix was worth."""

    fixed: bool | None
    """None: there was nothing that could be tried."""
    note: str
    """Why."""


def try_out(remedy: Remedy | None, instance: ScenarioInstance, at: datetime) -> Tried:
    """Build the cluster of `at` again, carry the fix out and watch what becomes of it."""
    from sandbox import proof
    from sandbox.simulator.launch import populate

    if remedy is None:
        return Tried(None, "no fix was proposed")
    try:
        steps = steps_of(remedy.moves)
        if not steps:
            return Tried(None, "no fix was proposed that changes anything")
        engine = populate(instance, at)
        trial = proof.attempt(instance, engine, steps, patience=PATIENCE)
    except UsageError as error:
        return Tried(None, error.message)
    return Tried(trial.healed, str(trial))


def steps_of(moves: Sequence[RemedyMove]) -> list[Step]:
    """The moves as steps of the simulator. Raises UsageError when they cannot be carried out."""
    steps: list[Step] = []
    for move in moves:
        text = f"{move.text}\n{move.manifest or ''}"
        if PLACEHOLDER.search(text):
            raise UsageError("a person must fill in what stands in <>")
        words = shlex.split(move.text)
        if words[:1] != ["kubectl"]:
            raise UsageError(f"not a kubectl command: {move.text}")
        if " ".join(words[1:]).startswith(READS):
            continue
        steps += _steps(words[1:], move.manifest)
    return steps


def _steps(words: list[str], manifest: str | None) -> list[Step]:
    if manifest is None:
        return [shlex.join(words)]
    documents = _documents(manifest)
    if words[0] == "patch" and len(documents) == 1:
        return [shlex.join(_with_patch(words, documents[0]))]
    if words[0] in ("apply", "create", "replace"):
        return [Apply(apply=document) for document in documents]
    return [shlex.join(words)]


def _with_patch(words: list[str], patch: Any) -> list[str]:
    """The same command with the patch itself instead of the file it is kept in."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--patch-file":
            next(rest, None)
        elif not word.startswith("--patch-file="):
            kept.append(word)
    return [*kept, "-p", json.dumps(patch)]


def _documents(manifest: str) -> list[Any]:
    import yaml  # type: ignore[import-untyped]

    try:
        return [item for item in yaml.safe_load_all(manifest) if item is not None]
    except yaml.YAMLError as error:
        raise UsageError(f"the patch is not YAML: {' '.join(str(error).split())[:200]}") from error
