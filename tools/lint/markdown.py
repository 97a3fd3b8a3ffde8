"""Fenced code blocks of a Markdown text, and commands in inline code, with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_FENCE = re.compile(r"^(?P<lead>[ \t>]*)(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
_COMMAND_SPAN = re.compile(r"(?<!`)(`{1,2})\s*((?:kubectl|promtool)\s[^`]+?)\s*\1(?!`)")
_WORD = re.compile(r"[A-Za-z0-9_+-]+")


class Block(NamedTuple):
    """One fenced block."""

    language: str
    """First word of the info string in lower case; empty when there is none."""
    text: str
    """The content without the fence's own indentation."""
    line: int
    """Line of the first content line, from 1."""


def blocks(text: str) -> Iterator[Block]:
    """All fenced blocks in order; one that is never closed runs to the end.

    Inline code that is a kubectl or promtool command line counts as a shell block.
    """
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        opening = _FENCE.match(lines[index])
        index += 1
        # A backtick in the info string means inline code, not a fence.
        if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
            yield from _inline(lines[index - 1], index)
            continue
        start, content = index, []
        while index < len(lines) and not _closes(lines[index], opening["fence"]):
            content.append(_outdented(lines[index], opening["lead"]))
            index += 1
        index += 1
        word = _WORD.search(opening["info"])
        yield Block(word[0].lower() if word else "", "\n".join(content) + "\n", start + 1)


def _inline(line: str, number: int) -> Iterator[Block]:
    for span in _COMMAND_SPAN.finditer(line):
        yield Block("bash", span[2] + "\n", number)


def _closes(line: str, fence: str) -> bool:
    bare = line.strip(" \t>\r")
    return len(bare) >= len(fence) and set(bare) == {fence[0]}


def _outdented(line: str, lead: str) -> str:
    """The line without the indentation (or quote marks) that the fence has."""
    cut = 0
    while cut < len(lead) and cut < len(line) and (line[cut] == lead[cut] or line[cut] in " \t"):
        if line[cut] not in " \t>":
            break
        cut += 1
    return line[cut:]
