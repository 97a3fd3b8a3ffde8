"""Choose: which of the found entries are given, in which order, and how much of each. Pure."""

from __future__ import annotations

import re
from pathlib import PurePath

from tools.retrieval.excerpt import excerpt, hits
from tools.retrieval.index import Row
from tools.retrieval.snippet import Entry, Snippet

MOST_SNIPPETS = 5
LONGEST_SNIPPET = 600
"""Characters of a snippet's text."""
SHORTEST_TEXT = 24
"""Characters below which what is left of a text says nothing."""
CHARS_PER_TOKEN = 4
"""Of English and YAML, with a tokenizer of 8k to 152k words."""
PER_FILE = 2
PER_KIND = 3
"""Snippets of one file and of one kind among those of a search."""
WORTH = 0.35
"""Share of the best one's score that a snippet needs."""
ACTS = re.compile(
    r"(?i)diagnos|mitigat|debug|investigat|fix|remed|resol|steps|troubleshoot|recover"
)
FAVOUR = 1.5
"""By how much the score of such a section counts more: what is asked for is the next move."""


def fitting(rows: list[Row], wanted: list[str], budget_tokens: int) -> list[Snippet]:
    """The best of each file and kind that the budget has room for."""
    room = budget_tokens * CHARS_PER_TOKEN
    longest = min(LONGEST_SNIPPET, room // 2)
    files: dict[int, int] = {}
    kinds: dict[str, int] = {}
    titles: set[str] = set()
    found: list[Snippet] = []
    for row in rows:
        entry = row.entry
        if row.score > rows[0].score * WORTH or len(found) == MOST_SNIPPETS:
            break
        of_file = entry.kind != "field" and files.get(row.file, 0) >= PER_FILE
        if of_file or kinds.get(entry.kind, 0) >= PER_KIND or entry.title in titles:
            continue
        taken = len(entry.title) + len(PurePath(entry.source).name)
        left = min(longest, room) - taken
        text = excerpt(entry.text, wanted, left) if left >= SHORTEST_TEXT else ""
        if not text:
            continue
        room -= taken + len(text)
        files[row.file] = files.get(row.file, 0) + 1
        kinds[entry.kind] = kinds.get(entry.kind, 0) + 1
        titles.add(entry.title)
        found.append(Snippet(entry.source, entry.title, text, entry.kind))
    return found


def favoured(row: Row) -> Row:
    """Sections that say what to do go before those that say what it means."""
    acts = row.entry.kind == "runbook" and (
        ACTS.search(row.entry.title) or "kubectl" in row.entry.text
    )
    return row._replace(score=row.score * FAVOUR) if acts else row


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
