"""Folder: the Markdown files below a folder, and what was left out and why.

Links are followed inside the folder, each folder once, so loops end; a link that leads out is left
out: a cloned repository must not be able to name files of its reader.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ENDINGS = (".md", ".markdown")
LARGEST_FILE = 1024 * 1024
"""Bytes; a runbook is a few pages, anything above is a generated file."""
MOST_FILES = 20_000
"""Markdown files taken of one folder."""
MOST_FOLDERS = 20_000
SKIPPED = frozenset({"node_modules", "__pycache__", "vendor"})
"""Folders with other people's files; hidden ones (.git, .venv) are skipped too."""


class MarkdownFile(NamedTuple):
    """A file to be indexed."""

    path: Path
    stamp: str
    """Changes when the file does: its time and size."""


class Skipped(NamedTuple):
    """What was left out."""

    path: Path
    why: str


def markdown_files(root: Path) -> Iterator[MarkdownFile | Skipped]:
    """All Markdown files below `root`, in the order of their paths; `root` itself when it is a file."""
    if root.is_file():
        info = root.stat()
        if not root.name.lower().endswith(ENDINGS):
            yield Skipped(root, "not Markdown: its name does not end in .md")
        elif info.st_size > LARGEST_FILE:
            yield Skipped(root, f"larger than {LARGEST_FILE // 1024} KiB")
        else:
            yield MarkdownFile(root, f"{info.st_mtime_ns}|{info.st_size}")
        return
    real_root = Path(os.path.realpath(root))
    todo, seen, count = [root], set[tuple[int, int]](), 0
    while todo:
        folder = todo.pop()
        try:
            info = folder.stat()
            if (info.st_dev, info.st_ino) in seen:
                continue  # a loop of links, or the same folder twice
            seen.add((info.st_dev, info.st_ino))
            with os.scandir(folder) as scan:
                found = sorted(scan, key=lambda item: item.name)
        except OSError as error:
            yield Skipped(folder, f"cannot be read: {error.strerror}")
            continue
        below: list[Path] = []
        for item in found:
            path = Path(item.path)
            is_markdown = item.name.lower().endswith(ENDINGS)
            try:
                item.path.encode()
                if item.is_dir():
                    if not item.name.startswith(".") and item.name not in SKIPPED:
                        if not item.is_symlink() or _inside(path, real_root):
                            below.append(path)
                        else:
                            yield Skipped(path, "a link that leads out of the folder")
                    continue
                if not is_markdown:
                    continue
                told = _why_not(item, path, real_root)
                if told:
                    yield Skipped(path, told)
                    continue
                info = item.stat()
            except UnicodeEncodeError:
                yield Skipped(path, "its name is not UTF-8")
                continue
            except OSError as error:
                yield Skipped(path, f"cannot be read: {error.strerror}")
                continue
            count += 1
            if count > MOST_FILES:
                yield Skipped(root, f"more than {MOST_FILES} Markdown files; the rest is left out")
                return
            yield MarkdownFile(path, f"{info.st_mtime_ns}|{info.st_size}")
        todo += reversed(below)
        if len(seen) + len(todo) > MOST_FOLDERS:
            yield Skipped(root, f"more than {MOST_FOLDERS} folders; the rest is left out")
            return


def _why_not(item: os.DirEntry[str], path: Path, root: Path) -> str:
    """Why a file is left out, empty when it is not."""
    if item.is_symlink() and not _inside(path, root):
        return "a link that leads out of the folder, or nowhere"
    info = item.stat()
    if not stat.S_ISREG(info.st_mode):
        return "not an ordinary file"
    if info.st_size > LARGEST_FILE:
        return f"larger than {LARGEST_FILE // 1024} KiB"
    return ""


def _inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file, and a note when it was not UTF-8."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), ""
    if b"\0" in data:
        return "", "not text"
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return data.decode("utf-8-sig", "replace"), "not UTF-8: some letters are lost"
