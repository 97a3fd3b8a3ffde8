"""Thresholds: what a model's own numbers must reach for its move to be used."""

from __future__ import annotations

from typing import NamedTuple

from model.protocol import Completion


class Thresholds(NamedTuple):
    """What a model's own numbers must reach, else the reference move is used."""

    confidence: float = 0.3
    """Probability mass on the tokens that the grammar allows, geometric mean over the tokens that were a
    choice: below, the model wants to say something else than what can be said here."""
    probability: float = 0.0
    """Of the least likely token chosen, among the allowed ones. 0 asks nothing: names are one of many."""


def doubt(completion: Completion, least: Thresholds) -> str:
    """Why the answer is not used, or nothing."""
    if completion.stopped != "done":
        return f"the model's move is not whole ({completion.stopped})"
    told = (
        (completion.confidence, least.confidence),
        (completion.min_probability, least.probability),
    )
    if any(value is not None and value < limit for value, limit in told):
        return "the model was unsure of its move"
    return ""
