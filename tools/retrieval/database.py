"""Database: the SQLite file of an index, opened, or made where there is none or a broken one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tools.retrieval.snippet import RetrievalError

VERSION = 2
"""Of the tables and of what is put into them; another one is a reason to make the file anew."""
BUSY_SECONDS = 3.0
"""How long another process may write before this one goes on without."""
BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
TABLES = """
CREATE TABLE IF NOT EXISTS file (
    id INTEGER PRIMARY KEY, shelf TEXT NOT NULL, name TEXT NOT NULL, stamp TEXT NOT NULL,
    digest TEXT NOT NULL, UNIQUE (shelf, name));
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
    tag TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS entry_file ON entry (file);
CREATE INDEX IF NOT EXISTS entry_tag ON entry (tag);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    title, names, text, tokenize = 'porter unicode61 remove_diacritics 2');
"""


def opened(path: Path) -> sqlite3.Connection:
    """The file at `path`, with its tables; in memory where it cannot be written. Raises RetrievalError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = _connected(str(path))
    except (OSError, sqlite3.Error):
        return _made(_connected(":memory:"))
    try:
        # A cache: a crash of the machine may break it, and then it is made anew.
        connection.execute("PRAGMA synchronous = OFF")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:  # new; another process may be at it too, so each table only once
            _made(connection)
            path.chmod(0o600)
        if version in (0, VERSION):
            return connection
        raise sqlite3.DatabaseError("of another version")
    except (sqlite3.Error, OSError) as error:
        connection.close()
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_NOTADB) & 0xFF
        if code in BROKEN:
            try:
                path.unlink(missing_ok=True)
            except OSError as refused:
                raise RetrievalError(
                    f"the index {path} is broken and cannot be removed: {refused.strerror}"
                ) from error
            return opened(path)
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return _made(_connected(":memory:"))
        raise RetrievalError(f"the index {path} cannot be used: {error}") from error


def _connected(path: str) -> sqlite3.Connection:
    # Transactions are begun by hand; the graph of a run may use threads, one after the other.
    return sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _made(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A new index. Raises RetrievalError where SQLite lacks its full text search."""
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"
        )
    except sqlite3.OperationalError as error:
        if "fts5" in str(error):
            raise RetrievalError("this Python's SQLite has no full text search (FTS5)") from error
        raise
    return connection
