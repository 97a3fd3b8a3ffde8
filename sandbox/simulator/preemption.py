"""Preemption: which pods of lower priority make room for one that fits nowhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sandbox.simulator.controllers.tainteviction import disrupted
from sandbox.simulator.deletion import delete, going
from sandbox.simulator.engine import Engine
from sandbox.simulator.placement import Misfit
from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.spread import Placed
from sandbox.simulator.store import Object

Fits = Callable[[Object, Sequence[Placed]], Misfit | None]
"""Why a node does not take the pod, when these pods are placed; None when it does."""
NEVER = "not eligible due to preemptionPolicy=Never."
TERMINATING = "not eligible due to a terminating pod on the nominated node."


class Choice(NamedTuple):
    """A node, and who must leave it."""

    node: str
    victims: list[Object]
    violations: int
    """Victims whose disruption budget forbids it."""


def ineligible(engine: Engine, pod: Object) -> str | None:
    """Why a pod may not preempt (now); None when it may."""
    if pod["spec"].get("preemptionPolicy") == "Never":
        return NEVER
    nominated = pod["status"].get("nominatedNodeName")
    for other in engine.store.list("pods"):
        lower = _priority(other) < _priority(pod)
        if nominated and other["spec"].get("nodeName") == nominated and lower and going(other):
            return TERMINATING
    return None


def choose(
    engine: Engine, pod: Object, nodes: Sequence[Object], placed: Sequence[Placed], fits: Fits
) -> Choice | None:
    """The best node to make room on: fewest broken budgets, least important and fewest victims."""
    found = [
        choice for node in nodes if (choice := _on(engine, pod, node, placed, fits)) is not None
    ]
    return min(
        found,
        key=lambda choice: (
            choice.violations,
            max(map(_priority, choice.victims)),
            sum(map(_priority, choice.victims)),
            len(choice.victims),
            choice.node,
        ),
        default=None,
    )


def preempt(engine: Engine, pod: Object, choice: Choice) -> None:
    """Evict the victims."""
    for victim in choice.victims:
        text = f"Preempted by pod {pod['metadata']['uid']} on node {choice.node}"
        engine.recorder.schedule(victim, "Normal", "Preempted", text, "Preempting")
        why = "default-scheduler: preempting to accommodate a higher priority pod"
        delete(engine, disrupted(engine, victim, "PreemptionByScheduler", why))


def _on(
    engine: Engine, pod: Object, node: Object, placed: Sequence[Placed], fits: Fits
) -> Choice | None:
    """The victims on one node: all lower ones, less those that can stay after all."""
    name = node["metadata"]["name"]
    lower = [p for p in placed if p.node == name and _priority(p.pod) < _priority(pod)]
    if not lower:
        return None
    uids = {p.pod["metadata"]["uid"] for p in lower}
    kept = [p for p in placed if p.pod["metadata"]["uid"] not in uids]
    if fits(node, kept) is not None:
        return None
    # the important first, then those that have run longest
    lower.sort(key=lambda p: (-_priority(p.pod), p.pod["status"].get("startTime", "~")))
    guarded = [p for p in lower if _is_guarded(engine, p.pod)]
    victims = []
    for candidate in [*guarded, *(p for p in lower if p not in guarded)]:
        if fits(node, [*kept, candidate]) is None:
            kept.append(candidate)
        else:
            victims.append(candidate.pod)
    if not victims:
        return None
    broken = sum(any(p.pod is victim for p in guarded) for victim in victims)
    return Choice(name, victims, broken)


def _is_guarded(engine: Engine, pod: Object) -> bool:
    """Whether a disruption budget has no room for this pod to go."""
    labels = pod["metadata"].get("labels") or {}
    return any(
        label_selector_matches(budget["spec"].get("selector"), labels)
        and not (budget.get("status") or {}).get("disruptionsAllowed", 0)
        for budget in engine.store.list("policy/poddisruptionbudgets", pod["metadata"]["namespace"])
    )


def _priority(pod: Object) -> int:
    return int(pod["spec"].get("priority") or 0)
