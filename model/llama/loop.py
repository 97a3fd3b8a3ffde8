"""The decode loop: read, mask, choose, take what the grammar forces, until the answer is whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from model.llama.cache import Cache
from model.llama.masks import Match
from model.llama.sampling import Choice, choose, penalised

PENALTY_WINDOW = 64
"""Tokens, prompt included, that the repeat penalty looks back on: llama.cpp's default."""
FLOOR = 1e-30
"""Smallest mass in the geometric mean: one impossible step must not make it zero for good."""


@dataclass
class Answer:
    """Tokens so far, and how sure the model was of them."""

    tokens: list[int] = field(default_factory=list)
    reused: int = 0
    """Prompt tokens that were still cached."""
    forced: int = 0
    stopped: Literal["done", "length", "cancelled", "stuck"] = "length"
    min_probability: float = 1.0
    min_mass: float = 1.0
    _log_mass: float = 0.0
    _decisions: int = 0

    @property
    def confidence(self) -> float:
        """Geometric mean of the mass on allowed tokens."""
        return math.exp(self._log_mass / self._decisions) if self._decisions else 1.0

    def record(self, choice: Choice) -> None:
        """Take the chosen token's numbers."""
        self.min_probability = min(self.min_probability, choice.probability)
        self.min_mass = min(self.min_mass, choice.mass)
        self._log_mass += math.log(max(choice.mass, FLOOR))
        self._decisions += 1


@dataclass(frozen=True)
class Loop:
    """One model's loop; `answer` runs it."""

    cache: Cache
    ends: Callable[[int], bool]
    """Whether a token ends an answer."""
    repeat_penalty: float
    """For free text only: under a grammar it would punish the names that must be repeated."""

    def answer(
        self,
        prompt: Sequence[int],
        match: Match | None,
        limit: int,
        temperature: float,
        go_on: Callable[[], bool],
        rng: Any,
    ) -> Answer:
        """At most `limit` tokens after the prompt. `go_on` is asked before every forward pass.

        `rng` is a numpy Generator. Raises BackendError when the forward pass fails.
        """
        answer = Answer(reused=self.cache.keep(prompt))
        unread = list(prompt[answer.reused :])
        while True:
            if match is not None:
                forced = match.forced()
                answer.tokens += forced
                answer.forced += len(forced)
                unread += forced
                if match.whole:
                    answer.stopped = "done"
                    return answer
            if len(answer.tokens) >= limit:
                return answer
            if not self.cache.read(unread, go_on):
                answer.stopped = "cancelled"
                return answer
            logits = self.cache.logits()
            if match is None:
                token = self._free(logits, prompt, answer, temperature, rng)
            else:
                allowed = match.allowed()
                if not len(allowed):
                    answer.stopped = "stuck"
                    return answer
                choice = choose(logits, allowed, temperature, rng)
                if len(allowed) > 1:
                    answer.record(choice)
                else:
                    answer.forced += 1
                token = choice.token
                if not match.take([token]):
                    answer.stopped = "stuck"
                    return answer
            if self.ends(token):
                answer.stopped = "done"
                return answer
            answer.tokens.append(token)
            unread = [token]

    def _free(
        self, logits: Any, prompt: Sequence[int], answer: Answer, temperature: float, rng: Any
    ) -> int:
        recent = (*prompt[-PENALTY_WINDOW:], *answer.tokens)[-PENALTY_WINDOW:]
        if self.repeat_penalty != 1:
            logits = penalised(logits, recent, self.repeat_penalty)
        choice = choose(logits, None, temperature, rng)
        answer.record(choice)
        return choice.token
