"""Did-you-mean: the one place that says which known word a wrong word probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

CUTOFF = 0.6
"""difflib similarity below which a suggestion would be noise; difflib's own default."""
PREFIX_BONUS = 0.2
"""What a common start adds to the similarity: people and models err least there."""
SHORTEST_START = 3
"""Letters from which a start counts as near: `pod` for `pods`, `cart` for `cart-7d9f`."""

SHORTEST_END = 4
"""Letters from which an end says something: `pods`, `accessModes`."""


def closest(word: str, candidates: Iterable[str], n: int = 1) -> list[str]:
    """The at most `n` candidates most like `word`, best first; empty when nothing is near.

    Case does not matter. A candidate that starts with the word, or is a start of it, is near. Ties
    are in alphabetical order.
    """
    lowered: dict[str, list[str]] = {}
    for candidate in sorted(set(candidates)):
        lowered.setdefault(candidate.lower(), []).append(candidate)
    wanted = word.lower()
    if not wanted or n < 1:
        return []
    matcher = SequenceMatcher(b=wanted)
    ranked = []
    for candidate in lowered:
        likeness = _likeness(matcher, wanted, candidate)
        if likeness is not None:
            ranked.append((-likeness, candidate))
    return [spelling for _, found in sorted(ranked) for spelling in lowered[found]][:n]


def ending(word: str, candidates: Iterable[str]) -> str | None:
    """The longest candidate that `word` ends with: `pods` for `kubernetespods`. Case does not matter."""
    wanted = word.lower()
    found = [c for c in candidates if len(c) >= SHORTEST_END and wanted.endswith(c.lower())]
    return max(sorted(found), key=len, default=None)


def did_you_mean(word: str, candidates: Iterable[str], n: int = 1) -> str:
    """`did you mean a?`, `did you mean a, b?`, or an empty string when nothing is near."""
    found = closest(word, candidates, n)
    return f"did you mean {', '.join(found)}?" if found else ""


def _likeness(matcher: SequenceMatcher[str], word: str, candidate: str) -> float | None:
    """Similarity with a bonus for a common start; None when the two are not near."""
    prefix = 0
    for left, right in zip(word, candidate, strict=False):
        if left != right:
            break
        prefix += 1
    shorter = min(len(word), len(candidate))
    starts = prefix == shorter >= SHORTEST_START
    matcher.set_seq1(candidate)
    # From cheap upper bounds to the real ratio, as difflib.get_close_matches does.
    if not starts and (matcher.real_quick_ratio() < CUTOFF or matcher.quick_ratio() < CUTOFF):
        return None
    ratio = matcher.ratio()
    if not starts and ratio < CUTOFF:
        return None
    return ratio + PREFIX_BONUS * prefix / max(len(word), len(candidate))
