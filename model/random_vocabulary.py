"""A made-up byte-level BPE vocabulary of any size, in the form that GGUF files store (`gpt2`, pre-tokeniser `qwen2`).

Every token above a byte comes from exactly one merge, as in a trained vocabulary. The words that commands
are made of come first; made-up letter runs fill the rest, so that a text is cut into tokens of mixed length.
"""

from __future__ import annotations

from typing import Any, NamedTuple

SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
"""Control tokens of Qwen3's chat format that this project uses."""
MARKS = ("<think>", "</think>")
"""Qwen3 has these as user-defined tokens: llama.cpp recognises them in any text, even untrusted."""
END = "<|im_end|>"
WORDS = """kubectl get describe logs rollout status history top events explain auth promtool query instant
pods pod deployments deployment replicasets services service nodes node namespaces configmaps ingresses
statefulsets daemonsets jobs cronjobs endpoints networkpolicies persistentvolumeclaims horizontalpodautoscalers
namespace selector output json yaml wide previous container tail since all app name kube system default
apiVersion kind metadata spec template labels annotations containers image ports replicas resources limits requests
memory cpu true false null apps batch value string rate sum by the a to of and is in for not with"""
LONGEST = 12
"""Characters in a made-up token."""


class Vocabulary(NamedTuple):
    """The tokenizer section of a GGUF file."""

    tokens: list[str]
    types: list[int]
    """gguf's TokenType of each token."""
    merges: list[str]

    def id(self, token: str) -> int:
        """The number of a token. Raises ValueError where there is none."""
        return self.tokens.index(token)


def byte_symbols() -> list[str]:
    """GPT-2's printable stand-in for each byte: index is the byte."""
    shown = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    stand_ins = iter(range(0x100, 0x200))
    return [chr(byte if byte in shown else next(stand_ins)) for byte in range(256)]


def made_up(size: int, *, pad_to: int = 0, rng: Any) -> Vocabulary:
    """A vocabulary of `size` tokens, specials at its end, then unused ones up to `pad_to`.

    `rng` is a numpy Generator. Raises ValueError when `size` has no room for the bytes and specials.
    """
    ordinary = size - len(SPECIALS) - len(MARKS)
    table = _Table(ordinary)
    for word in WORDS.split():
        table.add_word(word)
        table.merge("Ġ", word, longest=len(word) + 1)  # Ġ stands for the space before it
    while len(table.tokens) < ordinary:
        # The square favours early, short tokens: trained vocabularies are made of few stems too.
        for first, second in (rng.random((4096, 2)) ** 2).tolist():
            known = len(table.tokens)
            table.merge(table.tokens[int(first * known)], table.tokens[int(second * known)])
    tokens = [*table.tokens, *SPECIALS, *MARKS]
    types = [_NORMAL] * ordinary + [_CONTROL] * len(SPECIALS) + [_USER_DEFINED] * len(MARKS)
    padding = range(len(tokens), pad_to)
    tokens += [f"[PAD{number}]" for number in padding]
    types += [_UNUSED] * len(padding)
    return Vocabulary(tokens, types, table.merges)


_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5  # gguf.TokenType


class _Table:
    """Tokens and merges while they grow."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.tokens = byte_symbols()
        if size < len(self.tokens):
            raise ValueError(f"{size} tokens cannot hold the 256 bytes")
        self.merges: list[str] = []
        self._known = set(self.tokens)

    def add_word(self, word: str) -> None:
        """The merges that make the word one token, left to right."""
        left = word[0]
        for letter in word[1:]:
            self.merge(left, letter, longest=len(word))
            left += letter

    def merge(self, left: str, right: str, longest: int = LONGEST) -> None:
        """Add `left right` unless the pre-tokeniser would never let the two meet."""
        whole = left + right
        letters = whole.removeprefix("Ġ")
        fits = len(self.tokens) < self._size and len(whole) <= longest
        if fits and whole not in self._known and letters.isascii() and letters.isalpha():
            self.tokens.append(whole)
            self.merges.append(f"{left} {right}")
            self._known.add(whole)
