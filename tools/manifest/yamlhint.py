"""What to do about text that is no YAML: the parser says where it stopped, not what was meant there."""

from __future__ import annotations

import re

_FULL = re.compile(r"\s*(?:- )?[^\s#][^:]*:\s+[^\s#|>]")
"""A line whose key has its value: nothing can stand below and inside it."""
_TWICE = re.compile(r":\s.*:(?:\s|$)")
GENERAL = "mend the indentation or quoting"


def yaml_hint(text: str, line: int, problem: str, opened: int) -> str:
    """How to mend line `line` (from 1); `opened` is the line where what the parser was in began."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return GENERAL
    here = lines[line - 1].rstrip("\r")
    above = next((n for n in range(line - 1, 0, -1) if lines[n - 1].strip()), 0)
    if "end of stream" in problem or "stream end" in problem or problem.startswith("expected ','"):
        return f"close the quote or bracket that is opened in line {opened}"
    if "cannot start any token" in problem and "\t" not in _margin(here):
        return f"put the value in line {line} in quotes"
    if "'<scalar>'" in problem:
        return f"put all of the value in line {line} in one pair of quotes"
    if "mapping values" in problem and _TWICE.search(here):
        return f"quote the value in line {line}: it holds `: `"
    if "':'" in problem:
        return f"write `key: value` in line {opened}"
    above = next((n for n in range(line - 1, 0, -1) if lines[n - 1].strip()), 0)
    if not above:
        return GENERAL
    before = lines[above - 1]
    if "\t" in _margin(here):
        deeper = 0 if _FULL.match(before) else 2
        return f"indent line {line} by {len(_margin(before)) + deeper} spaces, not with tabs"
    if "mapping values" in problem:
        if len(_margin(here)) > len(_margin(before)) and _FULL.match(before):
            return f"indent line {line} by {len(_margin(before))} spaces, as line {above}"
        return f"write `key: value` in line {above}" if ":" not in before else GENERAL
    if "block end" in problem:
        wanted = len(_margin(here))
        levels = {
            len(_margin(lines[n - 1])): n for n in range(opened, line) if lines[n - 1].strip()
        }
        nearest = min(levels, key=lambda margin: (abs(margin - wanted), -margin), default=wanted)
        if nearest != wanted:
            return f"indent line {line} by {nearest} spaces, as line {levels[nearest]}"
    return GENERAL


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
