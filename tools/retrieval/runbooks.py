"""Runbooks: one Markdown file -> the entries that are indexed of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tools.redact import redact
from tools.retrieval.markdown import page
from tools.retrieval.snippet import Entry, clean
from tools.retrieval.words import parts

GENERIC = frozenset({"readme", "index", "_index", "skill"})
"""File names that say nothing; the folder's name does then."""
MOST_SECTIONS = 2000
"""Of one file; one with more is generated, and would outweigh all others."""
LONGEST_TITLE = 160
LONGEST_NAMES = 1000
"""Characters."""


def runbook_entries(path: str, folder: str, stem: str, text: str) -> Iterator[Entry]:
    """One entry per section. `folder` is the name of the file's folder, `stem` its own without ending."""
    name = folder if stem.lower() in GENERIC and folder else stem
    found = page(redact(text), name)
    known = " ".join(dict.fromkeys((found.title, name, *found.names)))[:LONGEST_NAMES]
    names = " ".join(clean(f"{known} {parts(known)}").split())
    if found.summary:
        title = _line(found.title)
        yield Entry("runbook", path, title, names, clean(found.summary))
    for section in found.sections[:MOST_SECTIONS]:
        if not section.text.strip() and not any(section.headings):
            continue
        above = section.headings
        if not above or _plain(above[0]) != _plain(found.title):
            above = (found.title, *above)
        title = _line(" > ".join(item for item in above if item))
        source = f"{path}#{section.anchor}" if section.anchor else path
        own = f"{names} {parts(title)}".strip()
        yield Entry("runbook", source, title, own, clean(section.text).strip())


def _line(text: str) -> str:
    return " ".join(clean(text).split())[:LONGEST_TITLE]


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
