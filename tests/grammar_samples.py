"""Random texts of a grammar: llguidance's masks over bytes, and a chooser that knows nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from random import Random
from typing import Any

import pytest

from agent.grammars.inventory import Inventory
from agent.grammars.kubectl import kubectl_lines
from model.grammar.command import line_grammar
from model.protocol import Grammar
from tools.kubectl.policy import Policy
from tools.kubectl.tree import CommandTree

llguidance: Any = pytest.importorskip("llguidance", reason="pip install 'magos-agent[local]'")

BYTES = llguidance.LLTokenizer("byte")
LONGEST = 60_000
"""Bytes after which a text is said not to end."""


class Unfinished(Exception):
    """A text that did not end, or a state with nothing to say."""


def kubectl_grammar(
    tree: CommandTree, policy: Policy, inventory: Inventory, verbs: Collection[str] = ()
) -> Grammar:
    """The grammar of kubectl lines alone. Raises Impossible when nothing at all may be said."""
    return line_grammar(kubectl_lines(tree, policy, inventory, verbs))


def matcher(grammar: Grammar) -> Any:
    """A fresh matcher. Raises ValueError when the grammar does not compile."""
    if grammar.syntax == "json":
        text = llguidance.LLMatcher.grammar_from_json_schema(grammar.text)
    else:
        text = llguidance.LLMatcher.grammar_from_lark(grammar.text)
    found = llguidance.LLMatcher(BYTES, text)
    if found.is_error():
        raise ValueError(found.get_error())
    return found


def allows(fresh: Any, text: str) -> bool:
    """Whether a text is one of the grammar's."""
    trial = fresh.deep_copy()
    tokens = BYTES.tokenize_bytes(text.encode())
    return bool(
        trial.validate_tokens(tokens) == len(tokens)
        and trial.consume_tokens(tokens)
        and trial.is_accepting()
    )


class Sampler:
    """Draws texts, and keeps how long each mask took."""

    def __init__(self, grammar: Grammar, rng: Random) -> None:
        self._fresh = matcher(grammar)
        self._rng = rng
        self.masks: list[float] = []
        """Seconds of each mask."""

    def text(self, hurry: float = 0.0) -> str:
        """One text. hurry: how often a string, list or object that may end does end, beyond chance."""
        state = self._fresh.deep_copy()
        said = bytearray()
        while len(said) < LONGEST:
            forced = state.compute_ff_tokens()
            if forced:
                state.consume_tokens(forced)
                said += BYTES.decode_bytes(forced)
                continue
            if state.is_stopped():
                return said.decode()
            chosen = self._choose(state, hurry)
            if chosen == BYTES.eos_token:
                return said.decode()
            if not state.consume_token(chosen):
                raise Unfinished(state.get_error())
            said.append(chosen)
        raise Unfinished(said[:200].decode(errors="replace"))

    def _choose(self, state: Any, hurry: float) -> int:
        started = time.perf_counter()
        mask = state.compute_bitmask()
        self.masks.append(time.perf_counter() - started)
        if state.is_error():
            raise Unfinished(state.get_error())
        allowed = int.from_bytes(mask, "little")
        if hurry and self._rng.random() < hurry:
            for end in (34, 93, 125):  # the closing quote, bracket and brace
                if allowed >> end & 1:
                    return end
        found = [token for token in range(BYTES.vocab_size) if allowed >> token & 1]
        if not found:
            raise Unfinished("nothing is allowed")
        return self._rng.choice(found)


def repeated_keys(text: str) -> bool:
    """Whether some object of a JSON text has a key twice."""
    twice = False

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        twice = twice or len(dict(pairs)) < len(pairs)
        return dict(pairs)

    json.loads(text, object_pairs_hook=note)
    return twice
