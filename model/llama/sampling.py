"""Choosing one token from the model's scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from model.protocol import BackendError


class Choice(NamedTuple):
    """One decision."""

    token: int
    probability: float
    """Of the token, among those allowed, at temperature 1."""
    mass: float
    """Probability of all allowed tokens together, at temperature 1."""


def choose(logits: Any, allowed: Any | None, temperature: float, rng: Any) -> Choice:
    """Draw from `allowed` (token numbers; None: all). Temperature 0 takes the likeliest.

    `logits` are float32 numpy scores, `rng` is a numpy Generator. Raises BackendError for scores that are
    no numbers.
    """
    import numpy as np

    top = float(logits.max())
    if not np.isfinite(top):
        raise BackendError("the model's scores are not numbers")
    scores = logits if allowed is None else logits[allowed]
    best = int(scores.argmax())
    shifted = scores - scores[best]
    weights = np.exp(shifted)
    total = float(weights.sum())
    if temperature <= 0:
        place = best
    else:
        drawn = np.cumsum(np.exp(shifted / temperature), dtype=np.float64)
        place = int(np.searchsorted(drawn, rng.random() * drawn[-1], side="right"))
        place = min(place, len(scores) - 1)
    mass = 1.0
    if allowed is not None:
        everything = float(np.exp(logits - top).sum())
        mass = min(total * float(np.exp(scores[best] - top)) / everything, 1.0)
    token = place if allowed is None else int(allowed[place])
    return Choice(token, float(weights[place]) / total, mass)


def penalised(logits: Any, recent: Sequence[int], penalty: float) -> Any:
    """A copy in which the recent tokens are less likely: llama.cpp's `repeat_penalty`, 1 is none."""
    import numpy as np

    changed = logits.copy()
    tokens = np.unique(np.asarray(recent, dtype=np.int64))
    scores = changed[tokens]
    changed[tokens] = np.where(scores > 0, scores / penalty, scores * penalty)
    return changed
