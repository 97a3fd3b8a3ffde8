"""Folders of runbooks: what is read again, what is left out, and what a broken index does."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.retrieval import Library, RetrievalError
from tools.retrieval.folder import LARGEST_FILE, MarkdownFile
from tools.retrieval.library import FILE, Synced


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "cache") as found:
        yield found


@pytest.fixture
def books(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    folder.mkdir()
    return folder


def skipped(synced: Synced) -> dict[str, str]:
    return {each.path.name: each.why for each in synced.skipped}


def test_changes_are_followed(library: Library, books: Path) -> None:
    first, second = books / "first.md", books / "second.md"
    first.write_text("# One\nabout apples")
    second.write_text("# Two\nabout pears")
    library.add_folder(books)
    assert [s.title for s in library.search("apples")] == ["One"]
    first.write_text("# One\nabout quinces, much longer")
    second.unlink()
    assert library.add_folder(books).files == 1
    assert library.search("apples") == library.search("pears") == []
    assert [s.title for s in library.search("quinces")] == ["One"]
    os.utime(first, (1, 1))  # another time, the same content
    assert library.add_folder(books).sections == 1
    library.forget_folder(books)
    assert library.search("quinces") == []


def test_what_is_left_out_is_said(library: Library, books: Path, tmp_path: Path) -> None:
    (books / "good.md").write_text("# Good\nabout apples")
    (books / "huge.md").write_bytes(b"a " * LARGEST_FILE)
    (books / "binary.md").write_bytes(b"\x00\x01\x02")
    (books / "latin.md").write_bytes("caf\xe9 apples".encode("latin-1"))
    (books / "utf16.md").write_bytes("# Wide\nquinces".encode("utf-16"))
    (books / "notes.txt").write_text("not Markdown")
    (books / "gone.md").symlink_to(books / "nowhere.md")
    os.mkfifo(books / "pipe.md")
    secret = tmp_path / "private"
    secret.mkdir()
    (secret / "key.md").write_text("apples of mine")
    (books / "out").symlink_to(secret)
    (books / "out.md").symlink_to(secret / "key.md")
    (books / ".git").mkdir()
    (books / ".git" / "hidden.md").write_text("apples")
    (books / "loop").symlink_to(books)
    Path(os.fsdecode(os.fsencode(books) + b"/odd\xff.md")).write_text("apples")
    synced = library.add_folder(books)
    said = skipped(synced)
    assert said.pop("out") == "a link that leads out of the folder"
    assert said.pop("odd\udcff.md") == "its name is not UTF-8"
    assert said == {
        "huge.md": "larger than 1024 KiB",
        "binary.md": "not text",
        "latin.md": "not UTF-8: some letters are lost",
        "gone.md": "a link that leads out of the folder, or nowhere",
        "out.md": "a link that leads out of the folder, or nowhere",
        "pipe.md": "not an ordinary file",
    }
    assert {Path(s.source.partition("#")[0]).name for s in library.search("apples")} == {
        "good.md",
        "latin.md",
    }
    assert library.search("quinces")[0].title == "Wide"


def test_ten_thousand_files_in_bounded_time(library: Library, books: Path) -> None:
    for number in range(10_000):
        (books / f"{number}.md").write_text(
            f"# Alert{number}\n## Diagnosis\nLook at item {number}."
        )
    began = time.monotonic()
    partly = library.add_folder(books, seconds=0.05)
    assert not partly.whole
    assert 0 < partly.files < 10_000
    assert time.monotonic() - began < 5
    began = time.monotonic()
    whole = library.add_folder(books)
    assert (whole.files, whole.whole) == (10_000, True)
    assert time.monotonic() - began < 60
    began = time.monotonic()
    assert library.add_folder(books).files == 10_000  # nothing changed
    assert library.about_name("Alert4711")[0].source.endswith("/4711.md#diagnosis")
    assert time.monotonic() - began < 10


def test_a_folder_is_not_walked_through_when_the_time_is_over(
    library: Library, books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (books / "a.md").write_text("# One\nabout apples")
    assert library.add_folder(books).whole
    found = [MarkdownFile(books / f"{n}.md", "1|1") for n in range(9)]
    walked: list[MarkdownFile] = []

    def slow(folder: Path) -> Iterator[MarkdownFile]:
        for item in found:
            time.sleep(0.05)
            walked.append(item)
            yield item

    monkeypatch.setattr("tools.retrieval.library.markdown_files", slow)
    synced = library.add_folder(books, seconds=0.01)
    assert (synced.whole, len(walked)) == (False, 1)
    assert library.search("apples")  # what was not looked at is not taken for gone


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be looked at" * 99])
def test_a_broken_index_is_made_anew(tmp_path: Path, books: Path, content: bytes) -> None:
    (books / "a.md").write_text("# One\nabout apples")
    file = tmp_path / "cache" / FILE
    file.parent.mkdir()
    file.write_bytes(content)
    with Library(tmp_path / "cache") as library:
        library.add_folder(books)
        assert library.search("apples")
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with Library(tmp_path / "cache") as library:
        assert library.search("apples") == []
        library.add_folder(books)
        assert library.search("apples")


def test_an_index_that_breaks_while_it_is_used(tmp_path: Path, books: Path) -> None:
    for number in range(200):
        (books / f"{number}.md").write_text(f"# Page {number}\nabout apples " + "and more " * 50)
    file = tmp_path / "cache" / FILE
    with Library(tmp_path / "cache") as library:
        library.add_folder(books)
    size = file.stat().st_size
    with file.open("r+b") as out:
        out.seek(4096)
        out.write(b"\xde\xad" * ((size - 4096) // 2))
    with Library(tmp_path / "cache") as library:
        assert library.add_folder(books).files == 200
        assert library.search("apples")


def test_a_cache_that_cannot_be_written_is_kept_in_memory(tmp_path: Path, books: Path) -> None:
    (books / "a.md").write_text("about apples")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with Library(blocked / "cache") as library:
        library.add_folder(books)
        assert library.search("apples")


def test_another_process_that_writes_is_an_error_that_says_so(
    tmp_path: Path, books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.retrieval.database.BUSY_SECONDS", 0.05)
    (books / "a.md").write_text("about apples")
    with Library(tmp_path / "cache") as library:
        other = sqlite3.connect(tmp_path / "cache" / FILE)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RetrievalError, match="locked"):
            library.add_folder(books)
        other.rollback()
        other.close()
        assert library.add_folder(books).files == 1


def test_processes_that_index_the_same_folder_at_once(tmp_path: Path, books: Path) -> None:
    for number in range(100):
        (books / f"{number}.md").write_text(f"# Page {number}\nabout apples")
    program = (
        "import sys; from pathlib import Path; from tools.retrieval import Library\n"
        "with Library(Path(sys.argv[1])) as library:\n"
        "    print(library.add_folder(Path(sys.argv[2])).sections)"
    )
    argv = [sys.executable, "-c", program, str(tmp_path / "cache"), str(books)]
    root = Path(__file__).parents[3]
    processes = [subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=root) for _ in range(4)]
    assert [process.communicate(timeout=60)[0].strip() for process in processes] == [b"100"] * 4


def test_a_folder_whose_name_is_not_utf8(library: Library) -> None:
    with pytest.raises(RetrievalError, match="not UTF-8"):
        library.add_folder(Path("/tmp/odd\udcff"))
