"""Masks: which tokens a grammar allows next. llguidance compiles and matches; its errors are ours to tell.

llama.cpp's own grammars (GBNF) are not used: some abort the process, and their masks cost ten to
four hundred times as much.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Any

from model.protocol import Grammar, GrammarError

MAX_BYTES = 4_000_000
"""Longest grammar text. A namespace of 500 objects makes 82 kB."""
MAX_DEPTH = 200
"""Deepest nesting of brackets: the compiler recurses, and its stack overflow would end the process."""
KEPT = 8
"""Compiled grammars kept: a repair uses the grammar of the move before."""


class Masks:
    """Compiles grammars for one vocabulary."""

    def __init__(self, tokenizer: Any, size: int) -> None:
        self._tokenizer = tokenizer
        self._size = size
        self._compiled: OrderedDict[Grammar, Any] = OrderedDict()
        self.seconds: deque[float] = deque(maxlen=100_000)
        """Time of each of the last masks."""

    def start(self, grammar: Grammar) -> Match:
        """A match at its beginning. Raises GrammarError."""
        matcher = self._compiled.get(grammar)
        if matcher is None:
            matcher = self._compiled[grammar] = self._compile(grammar)
            if len(self._compiled) > KEPT:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(grammar)
        return Match(matcher.deep_copy(), self._size, self.seconds)

    def _compile(self, grammar: Grammar) -> Any:
        from llguidance import LLMatcher

        _refuse_monsters(grammar)
        if grammar.syntax == "json":
            try:
                json.loads(grammar.text)
                source = LLMatcher.grammar_from_json_schema(
                    grammar.text, defaults={"whitespace_flexible": False}
                )
            except (ValueError, RecursionError) as error:
                raise GrammarError(f"the schema is not JSON: {error}") from error
        else:
            source = LLMatcher.grammar_from_lark(grammar.text)
        matcher = LLMatcher(self._tokenizer, source, log_level=0)
        if matcher.is_error():
            raise GrammarError(_short(matcher.get_error()))
        return matcher


class Match:
    """One answer as it grows under its grammar."""

    def __init__(self, matcher: Any, size: int, seconds: deque[float]) -> None:
        import numpy as np

        self._matcher = matcher
        self._size = size
        self._seconds = seconds
        self._bits = np.zeros((size + 31) // 32, dtype=np.uint32)

    def forced(self) -> list[int]:
        """Tokens that must come next, taken at once; none where there is a choice."""
        tokens = [int(token) for token in self._matcher.compute_ff_tokens()]
        return tokens if tokens and self.take(tokens) else []

    def take(self, tokens: Sequence[int]) -> bool:
        """Go on with these tokens; False where the grammar forbids them."""
        return bool(self._matcher.consume_tokens(list(tokens)))

    def allowed(self) -> Any:
        """Numbers of the tokens that may come next, ascending; none when the match is stuck."""
        import numpy as np

        began = time.perf_counter()
        self._matcher.unsafe_compute_mask_ptr(self._bits.ctypes.data, self._bits.nbytes)
        self._seconds.append(time.perf_counter() - began)
        if self._matcher.is_error():
            return np.zeros(0, dtype=np.int64)
        flags = np.unpackbits(self._bits.view(np.uint8), bitorder="little", count=self._size)
        return np.flatnonzero(flags)

    @property
    def whole(self) -> bool:
        """Whether the answer is complete and nothing can follow."""
        return bool(self._matcher.is_stopped()) and not self._matcher.is_error()

    @property
    def error(self) -> str:
        """What went wrong, or nothing."""
        return _short(self._matcher.get_error())


def _refuse_monsters(grammar: Grammar) -> None:
    """GrammarError for a text that could exhaust the compiler's stack or memory."""
    if len(grammar.text) > MAX_BYTES:
        raise GrammarError(f"the grammar has {len(grammar.text):,} characters, {MAX_BYTES:,} fit")
    depth = deepest = 0
    for letter in grammar.text:
        if letter in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in ")]}":
            depth = max(depth - 1, 0)
    if deepest > MAX_DEPTH:
        raise GrammarError(f"the grammar nests {deepest} brackets, {MAX_DEPTH} are allowed")


def _short(text: str) -> str:
    return text.strip().split("\n<state>")[0][:500]
