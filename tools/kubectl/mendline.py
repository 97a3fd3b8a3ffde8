"""Mend, for text that is no plain command line yet: what of it may have been meant as one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from tools.kubectl.tree import CommandTree

Line = str | Sequence[str]
"""A line, or its words."""

EXAMPLE = ["kubectl", "get", "pods"]
"""For a text without any command in it."""
_ALIASES = frozenset({"k", "kc", "kubectl", "kubectl.exe", "oc"})
"""What kubectl is called on people's machines."""
_CUT = re.compile(r"'[^']*'|\"[^\"]*\"|(\s\d?[<>]+(?:&\d)?|[;|&<>`\n\r]+|\$\(|\))")
"""Quoted text, or (as group 1) what ends a command in a shell."""
_SHELL_WORD = re.compile(r"[$*?~#!{}\[\]()<>\\]")
_PLACEHOLDER = re.compile(r"<[^<>\s][^<>\n]{0,60}>")
_PROGRAM = re.compile(r"(?<![\w./-])(?:kubectl|promtool)(?=\s)")
_DASHES = re.compile(r"(?<!\S)[\u2013\u2014](?=[a-z]{2})")
_ASCII = str.maketrans(
    "\u2018\u2019\u201c\u201d\u2010\u2011\u2012\u2013\u2014\u2212", "''\"\"------"
)


def _program(line: str, tree: CommandTree) -> Iterator[Line]:
    """The command behind `sudo`, `X=y` or prose; `get pods` and `k get pods` with their program."""
    found = _PROGRAM.search(line)
    first, _, rest = line.strip().partition(" ")
    if found is not None and found.start():
        yield line[found.start() :]
    elif first.rpartition("/")[2].lower() in _ALIASES:
        yield f"kubectl {rest}"
    elif first in tree.root.children and rest:
        yield f"kubectl {line.strip()}"
    elif found is None:
        yield EXAMPLE


def _characters(line: str, tree: CommandTree) -> Iterator[Line]:
    """In ASCII, and the first line only."""
    text = unicodedata.normalize("NFKC", _DASHES.sub("--", line).translate(_ASCII))
    yield "".join(c for c in text.strip().partition("\n")[0] if c.isprintable())


def _shell(line: str, tree: CommandTree) -> Iterator[Line]:
    """Each command between a shell's operators, and the line without what a shell would replace."""
    if _PLACEHOLDER.search(line):
        yield from _without(_PLACEHOLDER.sub("$", line))
    at = 0
    for end in (*_CUT.finditer(line), None):
        if end is None or end[1]:
            part = line[at : end.start() if end else None].strip()
            first = part.partition(" ")[0]
            if _PROGRAM.search(part) or first in _ALIASES or first in tree.root.children:
                yield part
            at = end.end() if end else at
    yield from _without(line)
    if not _PROGRAM.search(line):
        yield EXAMPLE


def _without(line: str) -> Iterator[Line]:
    """Without the words that a shell would replace, and the flags whose values they are."""
    kept: list[str] = []
    for word in line.split():
        if not _SHELL_WORD.search(word):
            kept.append(word)
        elif len(kept) == 2 and kept[1] != "logs":
            return  # the kind: what follows is no kind
        elif kept and re.fullmatch(r"-[a-z]|--[a-z-]+", kept[-1]):
            kept.pop()
    yield " ".join(kept)


BY_REASON: dict[str, Callable[[str, CommandTree], Iterator[Line]]] = {
    "not-a-program": _program,
    "environment-assignment": _program,
    "empty": _program,
    "odd-characters": _characters,
    "shell-syntax": _shell,
}
"""Slug -> how such a text may be mended."""
