"""Excerpt: the lines of a section that a query is about, within a number of characters. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tools.retrieval.words import stem

CUT = "…"


def hits(text: str, terms: Sequence[str]) -> int:
    """How many of the terms are in the text, in any of their forms."""
    lowered = text.lower()
    return sum(stem(term) in lowered for term in terms)


def excerpt(text: str, terms: Sequence[str], length: int) -> str:
    """The text, or where it is too long the run of lines with most of the terms, cut to `length`."""
    if len(text) <= length:
        return text
    lines = [line for line in text.split("\n") if line.strip()]
    found = [hits(line, terms) for line in lines]
    best, best_score = (0, 1), -1
    for first in range(len(lines)):
        size, score, last = 0, 0, first
        while last < len(lines) and (size + len(lines[last]) + 1 <= length - 2 or last == first):
            size += len(lines[last]) + 1
            score += found[last]
            last += 1
        if score > best_score:
            best, best_score = (first, last), score
    first, last = best
    chosen = "\n".join(lines[first:last])
    before = CUT if first else ""
    room = length - len(before) - 1
    after = CUT if last < len(lines) or len(chosen) > room else ""
    return f"{before}{chosen[:room].rstrip()}{after}"
