"""Masks: which tokens a grammar allows next. llguidance compiles and matches; its errors are ours to tell.

llama.cpp's own grammars (GBNF) are not used: some abort the process, and their masks cost ten to
four hundred times as much.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Any

from model.protocol import Grammar, GrammarError

MAX_CHARACTERS = 1_000_000
"""Longest grammar text. All of kubectl and the names of 500 objects make 82,000."""
MAX_COUNTS = {":": 20_000, "|": 20_000, '"$ref"': 10_000}
"""How often these may occur: rules, alternatives and references, on which the compiler recurses or
spends quadratic time."""
STACK_BYTES = 512 * 2**20
"""Stack of the compiling thread. The compiler recurses up to 26 kB per reference, and its overflow would
end the process; only what is used is ever taken from memory."""
COMPILE_S = 10.0
"""Patience with one grammar, seconds."""
POLL_S = 0.02
"""How often a compiler's caller looks whether it should still wait, seconds."""
MOST_COMPILING = 2
"""Compilers that may go on with what nobody waits for; a third one is not started."""
MOST_ITEMS = 400_000
"""Parser items of one mask, about 20 ms: llguidance's own 50,000 end a free word of a line (`taint NODE KEY=`)
over a vocabulary of 152k."""
KEPT = 8
"""Compiled grammars kept: a repair uses the grammar of the move before."""


class Masks:
    """Compiles grammars for one vocabulary."""

    def __init__(self, tokenizer: Any, size: int) -> None:
        self._tokenizer = tokenizer
        self._size = size
        self._compiled: OrderedDict[Grammar, Any] = OrderedDict()
        self._workers: list[threading.Thread] = []
        self.seconds: deque[float] = deque(maxlen=100_000)
        """Time of each of the last masks."""

    @property
    def compiling(self) -> int:
        """Compilers at work, those that ran out of time included."""
        self._workers = [worker for worker in self._workers if worker.is_alive()]
        return len(self._workers)

    def start(self, grammar: Grammar, go_on: Callable[[], bool] = lambda: True) -> Match | None:
        """A match at its beginning; None when `go_on` said no before it was there. Raises GrammarError."""
        matcher = self._compiled.get(grammar)
        if matcher is None:
            matcher = self._compile(grammar, go_on)
            if matcher is None:
                return None
            self._compiled[grammar] = matcher
            if len(self._compiled) > KEPT:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(grammar)
        return Match(matcher.deep_copy(), self._size, self.seconds)

    def _compile(self, grammar: Grammar, go_on: Callable[[], bool]) -> Any:
        """The matcher, made by a thread with room to recurse; None when nobody waits for it any more."""
        if (count := self.compiling) >= MOST_COMPILING:
            raise GrammarError(f"{count} grammars before it are still being compiled")
        outcome: list[Any] = []
        worker = threading.Thread(
            target=self._compile_into, args=(outcome, grammar), name="grammar", daemon=True
        )
        _refuse_monsters(grammar.text)
        usual = threading.stack_size(STACK_BYTES)
        try:
            worker.start()
        except RuntimeError as error:
            raise GrammarError(f"no memory to compile the grammar in: {error}") from error
        finally:
            threading.stack_size(usual)
        self._workers.append(worker)
        ends_at = time.monotonic() + COMPILE_S
        while worker.is_alive() and time.monotonic() < ends_at:
            worker.join(min(POLL_S, COMPILE_S))
            if worker.is_alive() and not go_on():
                return None
        if worker.is_alive():
            raise GrammarError(f"the grammar takes more than {COMPILE_S:.0f} s to compile")
        if not outcome:
            raise GrammarError("the grammar makes its compiler fail")
        if isinstance(outcome[0], GrammarError):
            raise outcome[0]
        return outcome[0]

    def _compile_into(self, outcome: list[Any], grammar: Grammar) -> None:
        from llguidance import LLMatcher, LLParserLimits

        try:
            source = _source(grammar)
            limits = LLParserLimits(step_max_items=MOST_ITEMS)
            matcher = LLMatcher(self._tokenizer, source, log_level=0, limits=limits)
            error = matcher.get_error()
            outcome.append(GrammarError(_short(error)) if error else matcher)
        except GrammarError as error:
            outcome.append(error)


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


def _source(grammar: Grammar) -> str:
    """The grammar in llguidance's own notation. Raises GrammarError for a schema that is no JSON object."""
    from llguidance import LLMatcher

    if grammar.syntax == "lark":
        return str(LLMatcher.grammar_from_lark(grammar.text))
    try:
        schema = json.dumps(json.loads(grammar.text))  # one spelling: `$ref` may be written escaped
        _refuse_monsters(schema, but=":|")
        options = {"whitespace_flexible": False}
        return str(LLMatcher.grammar_from_json_schema(schema, defaults=options))
    except (ValueError, RecursionError) as error:
        raise GrammarError(f"not a JSON schema: {error}") from error


def _refuse_monsters(text: str, but: str = "") -> None:
    """GrammarError for a text that could exhaust the compiler's stack, or its caller's patience."""
    if len(text) > MAX_CHARACTERS:
        raise GrammarError(f"the grammar has {len(text):,} characters, {MAX_CHARACTERS:,} fit")
    for mark, most in MAX_COUNTS.items():
        count = text.count(mark)
        if count > most and mark not in but:
            raise GrammarError(f"the grammar has {count:,} times {mark}, {most:,} are allowed")


def _short(text: str) -> str:
    return text.strip().split("\n<state>")[0][:500]
