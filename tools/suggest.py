"""Did-you-mean: the one place that says which known word a wrong word probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

CUTOFF = 0.6
"""difflib similarity below which a suggestion would be noise; difflib's own default."""


def closest(word: str, candidates: Iterable[str], n: int = 1) -> list[str]:
    """The at most `n` candidates most like `word`, best first; empty when nothing is near.

    Case does not matter. A candidate that starts with the word, or is a start of it, counts as near, since
    `pod` for `pods` and `cart` for `cart-7d9f` are the usual slips. Ties are in alphabetical order.
    """
    lowered: dict[str, list[str]] = {}
    for candidate in sorted(set(candidates)):
        lowered.setdefault(candidate.lower(), []).append(candidate)
    wanted = word.lower()
    if not wanted:
        return []
    near = set(get_close_matches(wanted, lowered, n=max(n, 1) * 3, cutoff=CUTOFF))
    if len(wanted) >= 3:
        near.update(
            c for c in lowered if c.startswith(wanted) or (len(c) >= 3 and wanted.startswith(c))
        )
    ranked = sorted(near, key=lambda c: (-_likeness(wanted, c), c))
    return [spelling for c in ranked for spelling in lowered[c]][:n]


def did_you_mean(word: str, candidates: Iterable[str], n: int = 1) -> str:
    """`did you mean a?`, `did you mean a, b?`, or an empty string when nothing is near."""
    found = closest(word, candidates, n)
    return f"did you mean {', '.join(found)}?" if found else ""


def _likeness(word: str, candidate: str) -> float:
    """Similarity 0..1, with a bonus for a common start, where people and models err least."""
    ratio = SequenceMatcher(None, word, candidate).ratio()
    prefix = 0
    for left, right in zip(word, candidate, strict=False):
        if left != right:
            break
        prefix += 1
    return ratio + 0.2 * prefix / max(len(word), len(candidate))
