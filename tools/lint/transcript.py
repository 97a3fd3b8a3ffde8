"""Terminal transcripts: commands with prompts, and output around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.lint.shell import ShellCommand, ShellError, commands

_PROMPT = re.compile(r"^\s*(?:\[?[\w.-]+@[\w.-]+[^$#\n]{0,40}\]?|~)?\s*[$%❯] +(?=\S)")
_STARTS = re.compile(r"^\s*(?:sudo\s+|watch\s+|time\s+)*(?:kubectl|promtool)\s")


def interactive(text: str) -> str:
    """A console transcript with prompts taken off and output blanked; other text as it is.

    Lines are kept, so that line numbers stay right.
    """
    lines = text.split("\n")
    if not any(_PROMPT.match(line) for line in lines):
        return text
    kept, continued = [], False
    for line in lines:
        prompt = _PROMPT.match(line)
        shown = line[prompt.end() :] if prompt else line if continued else ""
        continued = bool(prompt or continued) and shown.rstrip().endswith("\\")
        kept.append(shown)
    return "\n".join(kept)


def starting_lines(text: str, first_line: int = 1) -> Iterator[ShellCommand]:
    """Commands on lines that begin with kubectl or promtool, each read on its own.

    For text that is not all shell, such as a block with output in it.
    """
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        start = index
        joined = lines[index]
        while joined.rstrip().endswith("\\") and index + 1 < len(lines):
            index += 1
            joined = f"{joined.rstrip()[:-1]} {lines[index].strip()}"
        index += 1
        if _STARTS.match(joined):
            try:
                yield from commands(joined, first_line + start)
            except ShellError:
                continue
