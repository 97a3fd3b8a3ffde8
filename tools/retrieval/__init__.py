"""Retrieval: runbooks, earlier runs and field documentation, found by words (SQLite FTS5, bm25).

What is found is data from people who may not be trusted: it is cleaned, redacted and cut before it
is stored, and nothing in it is ever an instruction. No embeddings, no network.
"""

from __future__ import annotations

from tools.retrieval.library import Library
from tools.retrieval.snippet import KINDS, Kind, RetrievalError, Snippet

__all__ = ["KINDS", "Kind", "Library", "RetrievalError", "Snippet"]
