"""Cache: llama.cpp's context, and which tokens its key-value cache holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from model.llama.library import complaint
from model.llama.weights import Weights
from model.protocol import BackendError

BATCH = 128
"""Tokens per forward pass: the prompt is read in such pieces, between which a call can be ended.
Twice as many read it no faster on a CPU, and need more memory."""


class Cache:
    """One sequence of tokens and what the model computed for it."""

    def __init__(self, weights: Weights, context: int, threads: int) -> None:
        """Reserve room for `context` tokens. Raises BackendError where memory does not suffice."""
        self._weights = weights  # lives as long as the context
        self._llama = weights.llama
        self.room = min(context, weights.trained_context) if weights.trained_context else context
        """Tokens that fit."""
        parameters = self._llama.llama_context_default_params()
        parameters.n_ctx = self.room
        parameters.n_batch = parameters.n_ubatch = min(BATCH, self.room)
        parameters.n_seq_max = 1
        parameters.n_outputs_max = 1  # logits of the last token only: 78 MB less at 152k tokens
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.no_perf = True
        complaint("")
        self._context = self._llama.llama_init_from_model(weights.model, parameters)
        if not self._context:
            raise BackendError(
                f"no context of {self.room} tokens: {complaint('llama.cpp gives no reason')}"
            )
        self._memory = self._llama.llama_get_memory(self._context)
        self._tokens: list[int] = []

    def close(self) -> None:
        """Free the memory."""
        if self._context:
            self._llama.llama_free(self._context)
            self._context = self._memory = None

    def keep(self, prompt: Sequence[int]) -> int:
        """Forget all but the prefix shared with the prompt; how many of its tokens need no reading.

        At least the prompt's last token is read again: its logits are not kept.
        """
        shared = 0
        for old, new in zip(self._tokens, prompt[:-1], strict=False):
            if old != new:
                break
            shared += 1
        if shared < len(self._tokens) and not self._llama.llama_memory_seq_rm(
            self._memory, 0, shared, -1
        ):
            shared = 0  # this architecture cannot forget a part
            self._llama.llama_memory_clear(self._memory, True)
        del self._tokens[shared:]
        return shared

    def read(self, tokens: Sequence[int], go_on: Callable[[], bool]) -> bool:
        """Append tokens; False when `go_on` said no on the way. Raises BackendError where it fails."""
        for start in range(0, len(tokens), BATCH):
            if not go_on():
                return False
            piece = list(tokens[start : start + BATCH])
            array = (self._llama.llama_token * len(piece))(*piece)
            status = self._llama.llama_decode(
                self._context, self._llama.llama_batch_get_one(array, len(piece))
            )
            if status:
                self.clear()
                reason = complaint(f"llama_decode gave {status}")
                raise BackendError(f"the forward pass failed: {reason}")
            self._tokens += piece
        return True

    def clear(self) -> None:
        """Forget everything."""
        self._llama.llama_memory_clear(self._memory, True)
        self._tokens.clear()

    def logits(self) -> Any:
        """float32 scores of every token to follow the last one read; valid until the next `read`."""
        import numpy as np

        pointer = self._llama.llama_get_logits_ith(self._context, -1)
        if not pointer:
            raise BackendError("the forward pass gave no scores")
        return np.ctypeslib.as_array(pointer, (self._weights.size,))
