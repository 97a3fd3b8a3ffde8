"""Vocabulary.

A fixed set of words that a wrong word is compared with, fast enough for every rejected move.

`tools.suggest` ranks well but compares slowly (about 10 us a pair), and a command has up to 70
flags. A bit mask of each word's letters, made once, leaves only the few words worth that
comparison.
"""

from __future__ import annotations

from collections.abc import Iterable

from tools.suggest import closest

SHORTLIST = 5
"""Words that reach the slow comparison.

The right one is practically always among the first three.
"""


class Vocabulary:
    """Words of one kind: a command's flags, a command's subcommands."""

    def __init__(self, words: Iterable[str]) -> None:
        self._masks = [(word, _mask(word), len(word)) for word in sorted(set(words))]

    def nearest(self, word: str) -> str | None:
        """The most similar known word; None when nothing is near."""
        if not self._masks or not 1 < len(word) <= 40:
            return None
        mask, length = _mask(word), len(word)
        scored = [
            ((mask ^ other).bit_count() + abs(length - other_length), candidate)
            for candidate, other, other_length in self._masks
        ]
        scored.sort()
        limit = 2 + length // 2
        shortlist = [candidate for score, candidate in scored[:SHORTLIST] if score <= limit]
        found = closest(word, shortlist) if shortlist else []
        return found[0] if found else None


def _mask(word: str) -> int:
    mask = 0
    for letter in word.lower():
        mask |= 1 << (ord(letter) & 31)
    return mask
