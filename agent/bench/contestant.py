"""Contestant: what the benchmark asks of the agent and of every baseline alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from agent.bench.cases import Case
from agent.reportparts import Remedy
from agent.trajectory import Event
from sandbox.instance import ScenarioInstance

AGENT = "magos-agent"
"""Name of the contestant that the benchmark is about."""
IDENTIFYING = ("alertname", "namespace")
"""Labels that a stripped alert keeps."""
OnEvent = Callable[[Event], None]


class Answer(NamedTuple):
    """What a contestant says about a case, and what it did for it."""

    verdict: str
    """root_cause, healthy, not_found or inconclusive."""
    cause: str | None = None
    """Cause id with root_cause."""
    object: str | None = None
    """Kind/namespace/name of the owner that must change, with root_cause."""
    moves: int = 0
    """Commands executed."""
    invalid_moves: int = 0
    """Proposed moves that the gate did not let pass."""
    fallbacks: tuple[str, ...] = ()
    """Why the playbook's own move replaced one of a model, once for each."""
    asked: int = 0
    """Objectives for which a model proposed a move."""
    agreed: int = 0
    """Of these, first moves that show the same as the reference move."""
    repaired: int = 0
    """Of these, moves that passed after the gate had turned one down."""
    remedy: Remedy | None = None
    """The proposed fix."""
    virtual_time: str | None = None
    """RFC 3339 present of the simulated cluster, to build the same one again."""


class Contestant(Protocol):
    """Answers cases; keeps nothing between two of them."""

    name: str

    def answer(self, case: Case, instance: ScenarioInstance, on_event: OnEvent) -> Answer:
        """One case. Any error counts as a wrong answer."""
        ...


def labels_of(case: Case, instance: ScenarioInstance) -> dict[str, str]:
    """The labels of the alert, as much of them as the case gives away."""
    if not case.stripped:
        return dict(instance.alert)
    return {key: instance.alert[key] for key in IDENTIFYING if key in instance.alert}
