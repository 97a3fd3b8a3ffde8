"""Splits a command line into words without being a shell.

Quotes are understood, nothing is expanded.

Whatever a shell would act on (pipes, lists, redirections, substitutions, globs, comments,
assignments) ends the judging, so the words mean the same here and in the terminal that someone
pastes the line into.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.kubectl.rejection import refuse

MAX_WORDS = 64
MAX_BYTES = 2048
"""Limits of one move; honest lines are far below them.

The longest honest line seen is about 400 bytes.
"""

PROGRAMS = ("kubectl", "promtool")

_PIECE = re.compile(r"( +)|'([^']*)'|\"((?:[^\"\\$`]|\\[^$`])*)\"|([^\s'\"\\;|&<>$`]+)")
_ESCAPE = re.compile(r"\\([\"\\])")
_GLOB = re.compile(r"[*?\[\]{}()~#!^]")
_EXPRESSION = re.compile(
    r"(?:-o=?|--output=|--sort-by=|--for=)?(?:jsonpath(?:-as-json)?=|custom-columns=|\{\.)"
)
_BRACE_LIST = re.compile(r"\{[^{}]*(?:,|\.\.(?=\w+\}))[^{}]*\}")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


def words(source: str | Sequence[str]) -> list[str]:
    """The words of a line, or a ready list of words, checked. The first is the program's name.

    Raises Rejection (rung `parse`) for anything that is not one plain kubectl or promtool command.
    """
    ready = not isinstance(source, str)
    size = sum(map(len, source)) + len(source) if ready else len(source)
    if size > MAX_BYTES:
        refuse("parse", "too-long", f"The command is longer than {MAX_BYTES} bytes.")
    for part in source if ready else (str(source),):
        # ASCII is its own NFKC form: this rules out look-alikes, zero-width and bidi letters too
        if not part.isascii() or not part.isprintable():
            refuse(
                "parse",
                "odd-characters",
                "The command holds a control character or one outside ASCII.",
                "use plain ASCII on one line",
            )
    found = list(source) if ready else _split(str(source))
    if not found:
        refuse("parse", "empty", "There is no command.", "start with kubectl or promtool")
    if len(found) > MAX_WORDS:
        refuse("parse", "too-long", f"The command has more than {MAX_WORDS} words.")
    _check_program(found[0])
    if "" in found:
        refuse("parse", "empty-argument", "An argument is empty.", "leave it out")
    return found


def _split(line: str) -> list[str]:
    found: list[str] = []
    word: list[str] = []
    bare: list[str] = []
    open_word = False
    position = 0
    for piece in _PIECE.finditer(line):
        if piece.start() != position:
            break
        position = piece.end()
        space, single, double, plain = piece.groups()
        if space is None:
            open_word = True
            word.append(
                single
                if single is not None
                else (double and _ESCAPE.sub(r"\1", double)) or plain or ""
            )
            bare.append(plain or "")
        elif open_word:
            _close(found, word, bare)
            word, bare, open_word = [], [], False
    if position != len(line):
        refuse(
            "parse",
            "shell-syntax",
            f"`{line[position]}` is shell syntax or an open quote; a move is one plain command.",
            "write one command without pipes, lists, redirections, substitutions or backslashes",
        )
    if open_word:
        _close(found, word, bare)
    return found


def _close(found: list[str], word: list[str], bare: list[str]) -> None:
    """Ends a word; what stood outside quotes must not be something that a shell expands."""
    text = "".join(word)
    outside = "".join(bare)
    if _GLOB.search(outside) and not _tolerated(outside, found):
        refuse(
            "parse",
            "shell-syntax",
            f"A shell would expand `{text[:40]}`.",
            "put the expression in single quotes",
        )
    found.append(text)


def _tolerated(outside: str, before: list[str]) -> bool:
    """Expressions often written without quotes, in which a shell changes nothing that matters."""
    if before and before[0] == "promtool":
        return not outside.startswith(("#", "~", "!"))
    if not _GLOB.search(outside.replace("!=", "=")):
        return True
    return (
        bool(_EXPRESSION.match(outside)) and not _BRACE_LIST.search(outside) and "~" not in outside
    )


def _check_program(word: str) -> None:
    if word in PROGRAMS:
        return
    if _ASSIGNMENT.match(word):
        refuse(
            "parse",
            "environment-assignment",
            "A move sets no environment variables.",
            "start with kubectl or promtool",
        )
    refuse(
        "parse",
        "not-a-program",
        f"`{word[:40]}` is not a program that moves may use.",
        "start with kubectl or promtool",
    )
