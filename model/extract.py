"""Extract: the first command or YAML block in what a model wrote. Pure; the text is data, nothing is run.

Models without a grammar wrap their answer in prose: fences, `$ ` prompts, backticks, several commands
in a row. Only the first one is taken, since each move is judged on its own. What a shell would make of
the line (pipes, `;`, `>`) is left in, so that the gate sees and refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

PROGRAMS = ("kubectl", "promtool")
"""First words of a command."""
LONGEST_TEXT = 64_000
"""Characters of an answer that are looked at."""
LONGEST_FOUND = 16_000
"""Characters of a command or block."""

_THINKS, _THOUGHT = "<think>", "</think>"
_FENCE = re.compile(r"\s{0,8}(?:[-*+]\s+|\d{1,3}[.)]\s+)?(`{3,}|~{3,})\s*([\w+-]*)\s*")
_LEAD = re.compile(
    r"\s*(?:(?:[-*+•]|\d{1,3}[.)])\s+)?(?:\*\*[^*\n]{0,60}?:?\*\*:?\s*|[A-Z][\w ]{0,40}:\s+)?"
    r"(?:[\w.-]+@[\w.:~/-]+[$#]\s*|[$>%]\s+)?"
)
_TICKS = re.compile(r"(?<!`)(`+)(?!`)([^`]+)\1(?!`)")
"""Inline code. What is between the ticks is taken as it is: to trim it here costs the cube of its blanks."""
_YAML_HEAD = re.compile(r"(?:---\s*$|apiVersion\s*:|kind\s*:\s*[A-Z])")
_YAML_LINE = re.compile(
    r"(?:\s+\S|-(?:\s|$)|#|---\s*$|[A-Za-z_$\"'][\w./$\"' -]{0,80}:(?:\s|$)|[}\]]|$)"
)
_OBJECT = re.compile(r"^\s{0,8}[\"']?(?:apiVersion|kind|spec|metadata)[\"']?\s*:", re.MULTILINE)
_YAML_TAGS = ("yaml", "yml", "json")


class Found(NamedTuple):
    """What was found."""

    kind: Literal["command", "yaml"]
    text: str
    """A command on one line, or a block as it was written."""


class _Block(NamedTuple):
    fenced: bool
    tag: str
    lines: list[str]


def extract(text: str, programs: Sequence[str] = PROGRAMS) -> Found | None:
    """The first command or YAML block; None when there is neither."""
    text = text[:LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    # Some templates write the first mark into the prompt; a thought that does not end holds no answer.
    text = text.rpartition(_THOUGHT)[2].partition(_THINKS)[0]
    blocks = list(_blocks(text.split("\n")))
    begins = re.compile(rf"(?:sudo\s+)?(?:{'|'.join(map(re.escape, programs))})(?=\s|$)")
    for block in blocks:
        found = _fenced(block, begins) if block.fenced else _prose(block.lines, begins)
        if found is not None:
            return found
    return _in_passing(blocks, programs)


def _blocks(lines: list[str]) -> Iterator[_Block]:
    """Fenced blocks and what is between them; a fence that is never closed reaches to the end."""
    inside: str | None = None
    tag = ""
    held: list[str] = []
    for line in lines:
        fence = _FENCE.match(line)
        if inside is None and fence is not None and "`" not in line[fence.end() :]:
            yield _Block(False, "", held)
            rest = line[fence.end() :].strip()
            inside, tag, held = fence[1], fence[2].lower(), [f"{fence[2]} {rest}"] if rest else []
        elif inside is not None and line.strip().startswith(inside) and not line.strip(" \t`~"):
            yield _Block(True, tag, held)
            inside, held = None, []
        else:
            held.append(line)
    yield _Block(inside is not None, tag if inside else "", held)


def _fenced(block: _Block, begins: re.Pattern[str]) -> Found | None:
    body = "\n".join(block.lines)
    at_command = next((i for i, line in enumerate(block.lines) if _starts(line, begins)), None)
    head = _OBJECT.search(body)
    if head is not None and (block.tag in _YAML_TAGS or at_command is None):
        return _yaml(block.lines)
    if at_command is not None:
        return _command(block.lines, at_command, begins)
    return None


def _prose(lines: list[str], begins: re.Pattern[str]) -> Found | None:
    barren = 0  # up to here there is no object: no part of such a block is looked through again
    for number, line in enumerate(lines):
        if _starts(line, begins):
            return _command(lines, number, begins)
        for ticked in _TICKS.finditer(line):
            said = ticked[2].strip()
            if begins.match(said) and " " in said:
                return Found("command", _tidy(said))
        if number >= barren and _YAML_HEAD.match(line):
            block = [line]
            for follower in lines[number + 1 :]:
                if not _YAML_LINE.match(follower):
                    break
                block.append(follower)
            if _OBJECT.search("\n".join(block)):
                return _yaml(block)
            barren = number + len(block)
    return None


def _in_passing(blocks: list[_Block], programs: Sequence[str]) -> Found | None:
    """The last resort: a command in the middle of a sentence, up to where the sentence ends."""
    inside = re.compile(rf"(?<![\w./`-])(?:{'|'.join(map(re.escape, programs))})[ \t]+[a-z][^\n`]*")
    for block in blocks:
        for line in block.lines:
            found = inside.search(line)
            if found is not None:
                ended = re.split(r"[.:,;!?](?:\s|$)|\s[-–—]\s", found[0], maxsplit=1)[0]
                return Found("command", _tidy(ended))
    return None


def _starts(line: str, begins: re.Pattern[str]) -> bool:
    lead = _LEAD.match(line)
    return begins.match(line, lead.end() if lead else 0) is not None


def _command(lines: list[str], at: int, begins: re.Pattern[str]) -> Found:
    lead = _LEAD.match(lines[at])
    words = lines[at][lead.end() if lead else 0 :]
    while words.rstrip().endswith("\\") and at + 1 < len(lines):
        at += 1
        words = words.rstrip()[:-1].rstrip() + " " + lines[at].strip()
    return Found("command", _tidy(words))


def _tidy(command: str) -> str:
    """Without `sudo`, a comment behind it, and emphasis around it."""
    command = _without_comment(command).strip().removeprefix("sudo ").strip()
    return command.rstrip("\\").rstrip().removesuffix("**").rstrip()[:LONGEST_FOUND]


def _without_comment(line: str) -> str:
    quote = ""
    for number, mark in enumerate(line):
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "'\"":
            quote = mark
        elif mark == "#" and number and line[number - 1].isspace():
            return line[:number]
    return line


def _yaml(lines: list[str]) -> Found | None:
    """The first document of a block, its common indentation taken off."""
    body: list[str] = []
    for line in lines:
        if line.strip() == "---" and any(kept.strip() for kept in body):
            break
        if line.strip() != "---":
            body.append(line)
    while body and not _OBJECT.match(body[0]):
        del body[0]  # a comment, or `cat <<EOF`
    ends = next((i for i, line in enumerate(body) if line.strip() in ("EOF", "'EOF'")), len(body))
    body = body[:ends]
    margin = len(body[0]) - len(body[0].lstrip()) if body else 0
    text = "\n".join(line[margin:] if not line[:margin].strip() else line for line in body)
    return Found("yaml", text.strip("\n")[:LONGEST_FOUND]) if text.strip() else None
