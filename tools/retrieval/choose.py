"""Choose: which of the found entries are given, in which order, and how much of each. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from tools.retrieval.excerpt import excerpt, hits
from tools.retrieval.index import Row
from tools.retrieval.snippet import KINDS, Entry, Kind, Snippet

MOST_SNIPPETS = 5
LONGEST_SNIPPET = 600
"""Characters of a snippet's text."""
SHORTEST_TEXT = 24
"""Characters below which what is left of a text says nothing."""
CHARS_PER_TOKEN = 4
"""Of English and YAML, with a tokenizer of 8k to 152k words."""
PER_FILE = 2
"""Snippets of one file among those of a search."""
PER_KIND: dict[Kind, int] = {"runbook": 3, "crd": 2, "run": 2, "field": 2}
"""And of one kind."""
COMMON: Kind = "field"
"""What anyone can know, a model too: it gets the room that is left."""
WORTH = 0.35
"""Share of the score of the best of its kind that a snippet needs."""
ACTS = re.compile(
    r"(?i)diagnos|mitigat|debug|investigat|fix|remed|resol|steps|troubleshoot|recover"
)
FAVOUR = 1.5
"""By how much the score of such a section counts more: what is asked for is the next move."""


def fitting(rows: list[Row], wanted: list[str], budget_tokens: int) -> list[Snippet]:
    """The best of each kind in turn, then their next ones, as far as the budget has room."""
    room = budget_tokens * CHARS_PER_TOKEN
    longest = min(LONGEST_SNIPPET, room // 2)
    turns = [(kind == COMMON, n, row) for kind in KINDS for n, row in enumerate(_best(rows, kind))]
    found: list[Snippet] = []
    for _, _, row in sorted(turns, key=lambda turn: turn[:2]):
        entry = row.entry
        taken = len(entry.title) + len(PurePath(entry.source).name)
        left = min(longest, room) - taken
        text = excerpt(entry.text, wanted, left) if left >= SHORTEST_TEXT else ""
        if text and len(found) < MOST_SNIPPETS:
            room -= taken + len(text)
            found.append(Snippet(entry.source, entry.title, text, entry.kind))
    return found


def _best(rows: list[Row], kind: Kind) -> Iterator[Row]:
    """The rows of a kind that are worth it, a few of each file, each title once."""
    own = sorted(row for row in rows if row.entry.kind == kind)
    files: dict[int, int] = {}
    titles: set[str] = set()
    for row in own:
        of_file = kind in ("runbook", "run") and files.get(row.file, 0) >= PER_FILE
        if row.score > own[0].score * WORTH or len(titles) == PER_KIND[kind]:
            break
        if not of_file and row.entry.title not in titles:
            files[row.file] = files.get(row.file, 0) + 1
            titles.add(row.entry.title)
            yield row


def favoured(row: Row) -> Row:
    """Sections that say what to do go before those that say what it means; fields that are described too."""
    entry = row.entry
    if entry.kind == "runbook":
        better = ACTS.search(entry.title) is not None or "kubectl" in entry.text
    else:
        better = entry.kind == "crd" and "\n" in entry.text
    return row._replace(score=row.score * FAVOUR) if better else row


def best_of_each(rows: list[Row]) -> list[Snippet]:
    """The best section of each file."""
    best: dict[int, Entry] = {}
    for row in sorted(map(favoured, rows)):
        best.setdefault(row.file, row.entry)
    return [
        Snippet(entry.source, entry.title, entry.text[:LONGEST_SNIPPET], entry.kind)
        for entry in best.values()
    ]


def hits_of(row: Row, wanted: list[str]) -> int:
    """How many of the words the entry has."""
    return hits(f"{row.entry.title} {row.entry.names} {row.entry.text}", wanted)
