"""Library: everything that can be looked up, kept current in one index file of the cache folder.

    library = Library(cache_dir)
    library.add_folder(Path("/srv/runbooks"))
    library.search("liveness probe fails", budget_tokens=300)

Folders are read again only where a file's time or size changed, and indexed again only where its
content did.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from tools.retrieval.choose import best_of_each, favoured, fitting, hits_of
from tools.retrieval.fields import Components, field_entries
from tools.retrieval.folder import MarkdownFile, Skipped, decode, markdown_files
from tools.retrieval.index import Broken, Index, Known, Row
from tools.retrieval.runbooks import runbook_entries
from tools.retrieval.runs import run_entries
from tools.retrieval.snippet import KINDS, Entry, Kind, RetrievalError, Snippet
from tools.retrieval.words import any_of, saying, terms, titled, titled_with_all

FILE = "retrieval.sqlite"
SAVED_EVERY = 20
"""Files."""
LARGEST_REPORT = 8 * 1024 * 1024
MOST_FIELD_SHELVES = 200
"""OpenAPI documents kept; a cluster has about 30."""
FIELDS: tuple[Kind, ...] = ("crd", "field")
ResultT = TypeVar("ResultT")


class Synced(NamedTuple):
    """What one look at a folder came to."""

    files: int
    """Files on the shelf now."""
    sections: int
    """Entries on it."""
    skipped: tuple[Skipped, ...] = ()
    """What was left out."""
    whole: bool = True
    """False when the time was over first; the next look goes on."""


class Library:
    """See the module docstring. Everything raises RetrievalError, and nothing else, when it cannot."""

    def __init__(self, cache_dir: Path) -> None:
        self._index = Index(cache_dir / FILE)
        self._again: dict[str, Callable[[], object]] = {}
        """Shelf of this library -> what fills it, for when the file turns out to be broken."""

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self._index.close()

    def add_folder(self, folder: Path, *, seconds: float | None = None) -> Synced:
        """Bring a folder of runbooks up to date and search it from now on. Never longer than `seconds`."""
        shelf = _shelf(folder)
        self._again[shelf] = lambda: self._look_at_folder(shelf, folder, seconds)
        return self._steady(lambda: self._look_at_folder(shelf, folder, seconds))

    def add_runs(self, runs: Path, *, seconds: float | None = None) -> Synced:
        """Bring the reports below a `runs` folder up to date and search them from now on."""
        shelf = f"runs:{runs}"
        self._again[shelf] = lambda: self._look_at_runs(shelf, runs, seconds)
        return self._steady(lambda: self._look_at_runs(shelf, runs, seconds))

    def add_fields(
        self, server: str, api_version: str, stamp: str, load: Callable[[], Components]
    ) -> int:
        """Search the fields of an apiVersion from now on; its document is read once per stamp.

        `stamp` changes when the document does (servers give a hash). Returns the number of entries.
        """
        shelf = f"fields:{server}:{api_version}:{stamp}"

        def look() -> int:
            if not self._index.files(shelf):
                entries = field_entries(load(), api_version)
                self._index.put(shelf, api_version, Known(stamp, ""), entries)
                for old in self._index.shelves("fields:")[:-MOST_FIELD_SHELVES]:
                    self._index.drop(old)
                self._index.save()
            return self._index.count(shelf)

        self._again[shelf] = look
        return self._steady(look)

    def forget_folder(self, folder: Path) -> None:
        """Take a folder of runbooks out of the index."""
        shelf = _shelf(folder)
        self._again.pop(shelf, None)

        def drop() -> None:
            self._index.drop(shelf)
            self._index.save()

        self._steady(drop)

    def search(
        self,
        query: str,
        budget_tokens: int = 400,
        kinds: Sequence[Kind] = KINDS,
        *,
        field_kinds: Sequence[str] = (),
    ) -> list[Snippet]:
        """The snippets that fit the words of a query best, five at most and within a budget of tokens.

        `field_kinds` are the Kubernetes kinds whose fields count; none means all that are known.
        """
        wanted = terms(query)
        needed = 2 if len(wanted) > 2 else 1
        rows = []
        for kind in kinds:
            of_fields = kind in FIELDS
            found = self._rows(any_of(wanted), kind, field_kinds if of_fields else ())
            # One word will do for a custom kind that was asked for: it is its name.
            least = 1 if kind == "crd" and field_kinds else needed
            rows += [row for row in found if hits_of(row, wanted) >= least]
        return fitting(list(map(favoured, rows)), wanted, budget_tokens)

    def about_name(self, name: str) -> list[Snippet]:
        """Runbooks with this name (of an alert, a cause, an object) in title, heading or file name."""
        return best_of_each(self._rows(titled(name), "runbook"))

    def about_words(self, words: Sequence[str]) -> list[Snippet]:
        """Runbooks with all these words in one title or heading."""
        return best_of_each(self._rows(titled_with_all(words), "runbook"))

    def saying(self, phrase: str) -> list[Snippet]:
        """Runbooks in whose text these words follow one another."""
        return best_of_each(self._rows(saying(phrase), "runbook"))

    def sections(self, source: str) -> list[Snippet]:
        """All sections of the runbook that a snippet with this source is from, in their order, whole."""
        shelves = [shelf for shelf in self._again if shelf.startswith("runbooks:")]
        found = self._steady(lambda: self._index.whole(source, shelves))
        return [Snippet(entry.source, entry.title, entry.text, entry.kind) for entry in found]

    def alike(self, tags: Sequence[str], runs: Path, limit: int = 5) -> list[Entry]:
        """Earlier runs with one of these tags (tools.retrieval.runs), each once.

        Those of an earlier tag first, the newest of them first.
        """
        found: dict[str, Entry] = {}
        for tag in tags:
            for entry in self._steady(lambda: self._index.tagged(tag, f"runs:{runs}", limit)):  # noqa: B023 - called at once
                found.setdefault(entry.source, entry)
        return list(found.values())[:limit]

    def _rows(self, expression: str, kind: Kind, tags: Sequence[str] = ()) -> list[Row]:
        start = "fields:" if kind in FIELDS else f"{kind}s:"
        shelves = [shelf for shelf in self._again if shelf.startswith(start)]
        return self._steady(lambda: self._index.match(expression, kind, shelves, tags))

    def _steady(self, work: Callable[[], ResultT]) -> ResultT:
        """Do it; where the file turns out to be broken, make it anew and do it again, once."""
        try:
            return work()
        except Broken:
            self._index.renew()
            try:
                for fill in list(self._again.values()):
                    fill()
                return work()
            except Broken as error:
                raise RetrievalError(
                    f"the index {self._index.path} breaks again and again",
                    "is the disk in order? Another cache folder: MAGOS_CACHE_DIR",
                ) from error
        finally:
            self._index.settle()

    def _look_at_folder(self, shelf: str, folder: Path, seconds: float | None) -> Synced:
        began, known, skipped = time.monotonic(), self._index.files(shelf), list[Skipped]()
        here: set[str] = set()
        whole = True
        for item in markdown_files(folder):
            if seconds is not None and time.monotonic() - began > seconds:
                whole = False  # nor is the rest of the folder walked through, which may be on a slow disk
                break
            if isinstance(item, Skipped):
                skipped.append(item)
                continue
            here.add(str(item.path))
            skipped += self._look_at_file(shelf, item, known.get(str(item.path)))
            if len(here) % SAVED_EVERY == 0:
                self._index.save()  # so that others wait moments, not the whole time
        if whole:
            self._index.drop(shelf, known.keys() - here)
        self._index.save()
        files = len(self._index.files(shelf))
        return Synced(files, self._index.count(shelf), tuple(skipped), whole)

    def _look_at_file(self, shelf: str, item: MarkdownFile, known: Known | None) -> list[Skipped]:
        if known is not None and known.stamp == item.stamp:
            return []
        name = str(item.path)
        try:
            data = item.path.read_bytes()
        except OSError as error:
            self._index.drop(shelf, [name])
            return [Skipped(item.path, f"cannot be read: {error.strerror}")]
        digest = hashlib.sha256(data).hexdigest()
        if known is not None and known.digest == digest:
            self._index.restamp(shelf, name, item.stamp)
            return []
        text, note = decode(data)
        entries = runbook_entries(name, item.path.parent.name, item.path.stem, text)
        self._index.put(shelf, name, Known(item.stamp, digest), entries)
        return [Skipped(item.path, note)] if note else []

    def _look_at_runs(self, shelf: str, runs: Path, seconds: float | None) -> Synced:
        began, known = time.monotonic(), self._index.files(shelf)
        here: set[str] = set()
        whole = True
        # The newest first: they matter most when the time is short.
        for path in sorted(runs.glob("*/report.json"), reverse=True):
            name = path.parent.name
            if not name.isascii():
                continue  # no run's id
            here.add(name)
            try:
                info = path.stat()
                stamp = f"{info.st_mtime_ns}|{info.st_size}"
                if name in known and known[name].stamp == stamp:
                    continue
                if not whole or (seconds is not None and time.monotonic() - began > seconds):
                    whole = False
                    continue
                data = path.read_bytes() if info.st_size <= LARGEST_REPORT else b""
            except OSError:
                continue  # it is being removed
            try:
                entries = run_entries(json.loads(data))
            except (ValueError, RecursionError):
                entries = []
            self._index.put(shelf, name, Known(stamp, ""), entries)
        self._index.drop(shelf, known.keys() - here)
        self._index.save()
        return Synced(len(here), self._index.count(shelf), (), whole)


def _shelf(folder: Path) -> str:
    try:
        return f"runbooks:{str(folder).encode().decode()}"
    except UnicodeEncodeError as error:
        raise RetrievalError(f"the name of {folder} is not UTF-8", "rename the folder") from error
