"""Tally: what became of a model's moves in one run, counted from its events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from agent.executors.modelled import MODELS
from agent.trajectory import Event
from tools.ladder import Ladder


class Tally(NamedTuple):
    """Counts of one run; all 0 where no model was asked."""

    asked: int = 0
    """Objectives for which a model proposed a move."""
    agreed: int = 0
    """Of these, how often its first move would show the same thing as the reference move."""
    repaired: int = 0
    """Of these, how often a later move of the model passed after the gate had turned one down."""
    fallbacks: tuple[str, ...] = ()
    """Why the playbook's own move was made where a model was meant to, once for each move."""


def tally(events: Iterable[Event], ladder: Ladder) -> Tally:
    """Count the moves of a run."""
    first: dict[str, bool] = {}
    turned_down: set[str] = set()
    repaired: set[str] = set()
    waiting: dict[str, str] = {}
    fallbacks: list[str] = []
    for event in events:
        data = event.data
        move = str(data.get("move"))
        if event.type == "proposal" and data.get("fallback"):
            fallbacks.append(str(data["fallback"]))
        if event.type == "proposal" and data.get("proposed_by") in MODELS:
            objective = waiting[move] = str(data.get("objective"))
            if objective not in first:
                same = _shows(str(data.get("text")), ladder)
                first[objective] = same != "" and same == _shows(str(data.get("reference")), ladder)
        elif event.type == "verdict" and move in waiting:
            objective = waiting.pop(move)
            if data.get("decision") != "allow":
                turned_down.add(objective)
            elif objective in turned_down:
                repaired.add(objective)
    return Tally(len(first), sum(first.values()), len(repaired), tuple(fallbacks))


def _shows(text: str, ladder: Ladder) -> str:
    """What a move shows; empty for what is no move."""
    move = ladder.judge(text).move
    return move.repeat_key if move is not None else ""
