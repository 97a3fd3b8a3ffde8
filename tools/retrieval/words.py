"""Words: what people and alerts write -> an FTS5 query. Composed names count whole and in parts."""

from __future__ import annotations

import re
from collections.abc import Iterable

PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
WORD = re.compile(r"[^\W_]+")
ENDING = re.compile(r"(?:ing|ed|es|s)$")
MAX_TERMS = 24
"""Terms of one query; more only repeat the rest."""
LONGEST_QUERY = 4000
"""Characters of a query that are read."""
COMMON = """
a an and any are as at be by can do does for from has have how i if in is it its me my no not of on
or our so such than that the their them then there these they this to up was we what when where which
who why will with you your true false none null
"""
STOP_WORDS = frozenset(COMMON.split())
"""Words that are in every text."""


def parts(text: str) -> str:
    """`KubePodCrashLooping` as `Kube Pod Crash Looping`; only composed words are given."""
    found = (PART.findall(word) for word in WORD.findall(text))
    return " ".join(" ".join(each) for each in found if len(each) > 1)


def terms(query: str) -> list[str]:
    """The words to look for, each once, in order, composed ones followed by their parts."""
    found: dict[str, None] = {}
    for word in WORD.findall(query[:LONGEST_QUERY]):
        composed = PART.findall(word)
        for each in (word, *(composed if len(composed) > 1 else ())):
            lowered = each.lower()
            if len(lowered) > 1 and lowered not in STOP_WORDS:
                found[lowered] = None
    return list(found)[:MAX_TERMS]


def any_of(words: Iterable[str]) -> str:
    """The FTS5 query for texts with any of the words."""
    return " OR ".join(_quoted(word) for word in words)


def titled(name: str) -> str:
    """The FTS5 query for texts whose title or names have this name, whole or in its parts."""
    phrases = dict.fromkeys(p for p in (" ".join(WORD.findall(name)), parts(name)) if p)
    return f"{{title names}} : ({' OR '.join(map(_quoted, phrases))})" if phrases else ""


def titled_with_all(words: Iterable[str]) -> str:
    """The FTS5 query for texts whose title has every one of the words."""
    every = " AND ".join(_quoted(word) for word in words)
    return f"{{title names}} : ({every})" if every else ""


def saying(phrase: str) -> str:
    """The FTS5 query for texts in which these words follow one another."""
    return _quoted(" ".join(WORD.findall(phrase)))


def stem(word: str) -> str:
    """A start of the word that its other forms share; for counting, not for the index."""
    return ENDING.sub("", word.lower()) if len(word) > 4 else word.lower()


def _quoted(text: str) -> str:
    """An FTS5 string; words have no quotes in them."""
    return f'"{text}"'
