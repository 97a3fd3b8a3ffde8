"""LlamaBackend: a GGUF model in this process."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from model.catalogue import MAGOS
from model.llama.cache import Cache
from model.llama.loop import Answer, Loop
from model.llama.masks import Masks
from model.llama.weights import Weights
from model.protocol import BackendError, Completion, Grammar, Segment


class LlamaBackend:
    """One model, one cache. Calls from several threads queue up. Close it, or use it as a context."""

    def __init__(
        self,
        path: Path,
        name: Literal["nano", "magos", "custom"] = "custom",
        context: int = MAGOS.context,
        threads: int | None = None,
        *,
        temperature: float = MAGOS.sampling.temperature,
        repeat_penalty: float = MAGOS.sampling.repeat_penalty,
        seed: int = 0,
    ) -> None:
        """Load the model.

        `threads` defaults to the CPUs this process may use. `seed` is of the draws: a
        prompt has the same answer in every process, and another one when it is asked again.
        Raises BackendError where llama.cpp, the file or memory is missing.
        """
        self.name: str = name
        self.temperature = temperature
        self._weights = Weights(Path(path))
        self.metadata: Mapping[str, str] = self._weights.metadata()
        """What the file says about itself."""
        try:
            self._cache = Cache(self._weights, context, threads or _cpus())
        except BackendError:
            self._weights.close()
            raise
        self._loop = Loop(self._cache, self._weights.ends, repeat_penalty)
        self._seed = seed
        self._asked: Counter[int] = Counter()
        self._masks: Masks | None = None
        self._lock = threading.Lock()
        self._closed = False

    def complete(
        self,
        prompt: Sequence[Segment],
        grammar: Grammar | None,
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        deadline_s: float | None = None,
    ) -> Completion:
        """One answer. Cancelling and the deadline work within one forward pass (see Cache).

        Raises GrammarError, and BackendError for a prompt that is empty or leaves no room for the answer.
        """
        ends_at = None if deadline_s is None else time.monotonic() + deadline_s

        def go_on() -> bool:
            late = ends_at is not None and time.monotonic() >= ends_at
            return not late and not (cancel is not None and cancel.is_set())

        with self._lock:
            if self._closed:
                raise BackendError("the model is closed")
            tokens = self._weights.tokens(prompt)
            limit = min(max_tokens, self._cache.room - len(tokens))
            if not tokens or limit < 1:
                raise BackendError(
                    f"the prompt has {len(tokens)} tokens; with the answer, {self._cache.room} fit"
                )
            match = None if grammar is None else self._compiler().start(grammar, go_on)
            if grammar is not None and match is None:
                return self._completion(len(tokens), Answer(stopped="cancelled"))
            heat = self.temperature if temperature is None else temperature
            answer = self._loop.answer(tokens, match, limit, heat, go_on, self._draws(tokens))
            return self._completion(len(tokens), answer)

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""
        return self._cache.room

    def count(self, prompt: Sequence[Segment]) -> int:
        """Tokens of a prompt, so that the caller can shorten it. Raises BackendError."""
        with self._lock:
            if self._closed:
                raise BackendError("the model is closed")
            return len(self._weights.tokens(prompt))

    @property
    def mask_seconds(self) -> list[float]:
        """How long each of the last masks took."""
        return list(self._masks.seconds) if self._masks else []

    def close(self) -> None:
        """Free the memory, once a call under way has ended."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._cache.close()
                if self._masks is None or not self._masks.compiling:
                    self._weights.close()  # a compiler that ran out of time still reads the vocabulary

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _compiler(self) -> Masks:
        if self._masks is None:
            self._masks = Masks(self._weights.grammar_tokenizer, self._weights.size)
        return self._masks

    def _draws(self, prompt: list[int]) -> Any:
        """Random numbers of this prompt alone: a resumed run goes on as one that was never cut off."""
        import numpy as np  # llama.cpp brought it

        key = hash(tuple(prompt))
        self._asked[key] += 1
        return np.random.default_rng([self._seed, self._asked[key], *prompt])

    def _completion(self, prompt_tokens: int, answer: Answer) -> Completion:
        return Completion(
            text=self._weights.text(answer.tokens),
            tokens=prompt_tokens + len(answer.tokens),
            confidence=answer.confidence,
            min_probability=answer.min_probability,
            masked_mass=max(0.0, 1 - answer.min_mass),
            prompt_tokens=prompt_tokens,
            reused_tokens=answer.reused,
            forced_tokens=answer.forced,
            stopped=answer.stopped,
        )


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
