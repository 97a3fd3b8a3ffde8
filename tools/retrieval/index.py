"""Index: the file the words are kept in. It can be deleted at any time, and a broken one is made anew.

A shelf is what is kept and dropped together (a folder of runbooks, the runs, one OpenAPI document);
on it stand files with a stamp and a digest, and in each file entries.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tools.retrieval.database import BROKEN, opened
from tools.retrieval.snippet import Entry, Kind, RetrievalError

WEIGHTS = "6.0, 4.0, 1.0"
"""bm25: title, names, text. A word in a title says more than the same word in a long text."""


class Broken(Exception):
    """The file is damaged, or of another version."""


class Known(NamedTuple):
    """A file as it was indexed."""

    stamp: str
    digest: str


class Row(NamedTuple):
    """An entry that was found, best first."""

    score: float
    """bm25; the lower the better."""
    file: int
    entry: Entry


class Index:
    """See the module docstring. Raises RetrievalError when it cannot be used, Broken when damaged."""

    def __init__(self, path: Path) -> None:
        """Opens the file, and makes it where there is none. In memory where it cannot be written."""
        self.path = path
        self._connection = opened(self.path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def renew(self) -> None:
        """Throw the file away and begin anew."""
        self.close()
        for suffix in ("", "-journal", "-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()
        self._connection = opened(self.path)

    def files(self, shelf: str) -> dict[str, Known]:
        """What stands on a shelf."""
        with self._guarded() as connection:
            rows = connection.execute(
                "SELECT name, stamp, digest FROM file WHERE shelf = ?", _stored(shelf)
            )
            return {name: Known(stamp, digest) for name, stamp, digest in rows}

    def shelves(self, start: str) -> list[str]:
        """Shelves whose names start so, oldest first."""
        with self._guarded() as connection:
            rows = connection.execute(
                "SELECT shelf, min(id) AS first FROM file GROUP BY shelf ORDER BY first"
            )
            return [shelf for shelf, _ in rows if shelf.startswith(start)]

    def count(self, shelf: str) -> int:
        """Entries on a shelf."""
        with self._guarded() as connection:
            query = "SELECT count(*) FROM entry JOIN file ON file.id = entry.file WHERE shelf = ?"
            return int(connection.execute(query, _stored(shelf)).fetchone()[0])

    def put(self, shelf: str, name: str, known: Known, entries: Iterable[Entry]) -> None:
        """Put a file on a shelf, in place of what was there under this name."""
        made = list(entries)  # before others are made to wait
        with self._writing() as connection:
            query = "SELECT stamp, digest FROM file WHERE shelf = ? AND name = ?"
            row = _stored(shelf, name, *known)
            if connection.execute(query, row[:2]).fetchone() == row[2:]:
                return  # another process was quicker
            self.drop(shelf, [name])
            cursor = connection.execute(
                "INSERT INTO file (shelf, name, stamp, digest) VALUES (?, ?, ?, ?)", row
            )
            number = cursor.lastrowid
            for entry in made:
                values = (number, *_stored(entry.kind, entry.source, entry.tag, entry.at))
                cursor = connection.execute(
                    "INSERT INTO entry (file, kind, source, tag, at) VALUES (?, ?, ?, ?, ?)", values
                )
                connection.execute(
                    "INSERT INTO words (rowid, title, names, text) VALUES (?, ?, ?, ?)",
                    (cursor.lastrowid, *_stored(entry.title, entry.names, entry.text)),
                )

    def restamp(self, shelf: str, name: str, stamp: str) -> None:
        """The file's time is another one, its content the same."""
        with self._writing() as connection:
            query = "UPDATE file SET stamp = ? WHERE shelf = ? AND name = ?"
            connection.execute(query, _stored(stamp, shelf, name))

    def drop(self, shelf: str, names: Iterable[str] | None = None) -> None:
        """Take files, or everything, off a shelf."""
        with self._writing() as connection:
            for name in self.files(shelf) if names is None else names:
                found = connection.execute(
                    "SELECT id FROM file WHERE shelf = ? AND name = ?", _stored(shelf, name)
                ).fetchone()
                if found is not None:
                    inside = "(SELECT id FROM entry WHERE file = ?)"
                    connection.execute(f"DELETE FROM words WHERE rowid IN {inside}", found)  # noqa: S608 - constant
                    connection.execute("DELETE FROM entry WHERE file = ?", found)
                    connection.execute("DELETE FROM file WHERE id = ?", found)

    def save(self) -> None:
        """Make what was put and dropped last."""
        with self._guarded() as connection:
            connection.commit()

    def settle(self) -> None:
        """`save` where something went wrong: files that are whole stay, and nobody has to wait."""
        with suppress(sqlite3.Error):
            self._connection.commit()

    def match(
        self,
        expression: str,
        kind: Kind,
        shelves: Sequence[str],
        tags: Sequence[str] = (),
        limit: int = 40,
    ) -> list[Row]:
        """Entries of a kind on these shelves that an FTS5 query finds, best first."""
        if not expression or not shelves:
            return []
        of_tags = f"AND entry.tag IN ({_marks(tags)})" if tags else ""
        query = f"""
            SELECT bm25(words, {WEIGHTS}) AS score, entry.file, entry.kind, entry.source,
                words.title, words.names, words.text, entry.tag, entry.at
            FROM words JOIN entry ON entry.id = words.rowid JOIN file ON file.id = entry.file
            WHERE words MATCH ? AND entry.kind = ? AND file.shelf IN ({_marks(shelves)}) {of_tags}
            ORDER BY score, entry.id LIMIT ?"""  # noqa: S608 - made of constants and question marks
        with self._guarded() as connection:
            values = _stored(expression, kind, *shelves, *tags)
            rows = connection.execute(query, (*values, limit))
            return [Row(row[0], row[1], Entry(*row[2:])) for row in rows]

    def whole(self, source: str, shelves: Sequence[str]) -> list[Entry]:
        """All entries of the file that the entry with this source is in, in the order of the file."""
        if not shelves:
            return []
        query = f"""
            SELECT entry.kind, entry.source, words.title, words.names, words.text, entry.tag, entry.at
            FROM entry JOIN words ON words.rowid = entry.id WHERE entry.file = (
                SELECT entry.file FROM entry JOIN file ON file.id = entry.file
                WHERE entry.source = ? AND file.shelf IN ({_marks(shelves)}) LIMIT 1)
            ORDER BY entry.id"""  # noqa: S608 - made of constants and question marks
        with self._guarded() as connection:
            return [Entry(*row) for row in connection.execute(query, _stored(source, *shelves))]

    def tagged(self, tag: str, shelf: str, limit: int) -> list[Entry]:
        """Entries of a shelf with exactly this tag, newest first."""
        query = """
            SELECT entry.kind, entry.source, words.title, words.names, words.text, entry.tag, entry.at
            FROM entry JOIN words ON words.rowid = entry.id JOIN file ON file.id = entry.file
            WHERE entry.tag = ? AND file.shelf = ? ORDER BY entry.at DESC, entry.id DESC LIMIT ?"""
        with self._guarded() as connection:
            return [Entry(*row) for row in connection.execute(query, (*_stored(tag, shelf), limit))]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """What is read before it is changed cannot be changed by another process in between."""
        with self._guarded() as connection:
            if not connection.in_transaction:
                connection.execute("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in BROKEN:
                raise Broken(str(error)) from error
            raise RetrievalError(
                f"the index {self.path} cannot be used: {error}", "it can be deleted at any time"
            ) from error


def _stored(*values: str) -> tuple[str, ...]:
    """As SQLite can keep it: JSON and names of files can carry half surrogate pairs."""
    return tuple(value.encode("utf-8", "replace").decode() for value in values)


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
