"""Page: one Markdown file as sections, one per heading, with what its front matter says. Pure.

Nothing of the text is lost: every line below the front matter is a heading or in the text of exactly
one section. Not covered: Markdown inside lists or HTML; a heading there is ordinary text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped] # no stubs; as elsewhere in tools

LONGEST_SECTION = 2400
"""Characters of one section's text; a longer one becomes several with the same heading."""
LONGEST_ANCHOR = 200
LARGEST_FRONT = 8192
"""Characters of front matter; more is not one."""
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
PARAGRAPH = re.compile(r" {0,3}(?![-*+>|#=~`]|\d+[.)])\S")
"""The start of a line that an underline makes a heading."""
NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")
TITLES = ("title", "name")
SUMMARIES = ("description", "summary")
NAMES = ("alert", "alerts", "alertname", "tags", "keywords", "aliases", "causes")
"""Keys of the front matter, as Hugo, Jekyll and SKILL.md files have them."""


class Section(NamedTuple):
    """The text below one heading, up to the next."""

    headings: tuple[str, ...]
    """The heading and those above it, outermost first; none before the first heading."""
    anchor: str
    """The heading as GitHub's links spell it."""
    line: int
    """Line of the heading in the file, from 1; parts of one long section share it."""
    text: str


class Page(NamedTuple):
    """One file."""

    title: str
    """From the front matter, else the first heading, else the file's name."""
    names: tuple[str, ...]
    """Alerts and tags that the front matter lists."""
    summary: str
    """The front matter's description."""
    sections: tuple[Section, ...]


class _Heading(NamedTuple):
    line: int
    level: int
    text: str
    height: int
    """Lines it takes."""


def page(text: str, name: str) -> Page:
    """The page; `name` is the file's name without its ending. Any text is a page."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start, front = _front(lines)
    sections = tuple(_sections(lines, start))
    first = next((s.headings[0] for s in sections if s.headings and s.headings[0]), "")
    title = _one(front, TITLES) or first or name
    return Page(title, tuple(_many(front, NAMES)), _one(front, SUMMARIES), sections)


def _sections(lines: list[str], start: int) -> Iterator[Section]:
    above: list[_Heading] = []
    used: dict[str, int] = {}
    anchor, begin, place = "", start, start
    for heading in [*_headings(lines, start), None]:
        end = heading.line if heading is not None else len(lines)
        body = "\n".join(lines[begin:end])
        # A heading with others below and nothing of its own is in their paths.
        leads = heading is not None and above and heading.level > above[-1].level
        if body.strip() or (above and not leads):
            path = tuple(item.text for item in above)
            for piece in _pieces(body):
                yield Section(path, anchor, place + 1, piece)
        if heading is not None:
            while above and above[-1].level >= heading.level:
                above.pop()
            above.append(heading)
            anchor = _anchor(heading.text, used)
            place, begin = heading.line, heading.line + heading.height


def _headings(lines: list[str], start: int) -> Iterator[_Heading]:
    fence = ""
    number = start
    while number < len(lines):
        line = lines[number]
        mark = FENCE.match(line)
        if fence:
            closes = mark and mark[1].startswith(fence) and not line.strip().strip(fence[0])
            fence = "" if closes else fence
        elif mark and not (mark[1][0] == "`" and "`" in line[mark.end() :]):
            fence = mark[1]
        elif (heading := _atx(line, number)) is not None:
            yield heading
        elif _is_underlined(lines, number, start):
            level = 1 if lines[number + 1].strip()[0] == "=" else 2
            yield _Heading(number, level, line.strip(), 2)
            number += 1
        number += 1


def _atx(line: str, number: int) -> _Heading | None:
    """`## Heading ##`."""
    stripped = line.strip(" \t")
    marks = len(stripped) - len(stripped.lstrip("#"))
    if not 1 <= marks <= 6 or len(line) - len(line.lstrip(" ")) > 3 or line.startswith("\t"):
        return None
    text = stripped[marks:]
    if text and text[0] not in " \t":
        return None
    text = text.strip(" \t")
    bare = text.rstrip("#")
    if not bare or bare[-1] in " \t":
        text = bare.strip(" \t")
    return _Heading(number, marks, text, 1)


def _is_underlined(lines: list[str], number: int, start: int) -> bool:
    """A line of text alone in its paragraph, with === or --- below."""
    if number + 1 >= len(lines) or not UNDERLINE.fullmatch(lines[number + 1]):
        return False
    alone = number == start or not lines[number - 1].strip()
    return alone and PARAGRAPH.match(lines[number]) is not None


def _pieces(body: str) -> Iterator[str]:
    """The body cut where it is too long: at an empty line, else at a line, else at a blank."""
    while len(body) > LONGEST_SECTION:
        head = body[:LONGEST_SECTION]
        half = LONGEST_SECTION // 2
        ends = (
            head.rfind(mark, half) + len(mark)
            for mark in ("\n\n", "\n", " ")
            if mark in head[half:]
        )
        end = next(ends, LONGEST_SECTION)
        yield body[:end]
        body = body[end:]
    yield body


def _anchor(heading: str, used: dict[str, int]) -> str:
    """GitHub's rule: lower case, no punctuation, hyphens for blanks, a number when it repeats."""
    plain = NOT_IN_ANCHOR.sub("", heading.lower()[:LONGEST_ANCHOR]).strip().replace(" ", "-")
    count = used.get(plain, 0)
    used[plain] = count + 1
    return f"{plain}-{count}" if count else plain


def _front(lines: list[str]) -> tuple[int, dict[str, Any]]:
    """Number of lines of the front matter, and its values."""
    if not lines or lines[0].rstrip().lstrip("\ufeff") != "---":
        return 0, {}
    size = 0
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            # Makes texts only: a tag (`!!bool x`) or a huge number ends the other loaders with any error.
            loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
            try:
                values = yaml.load("\n".join(lines[1:number]), Loader=loader)  # noqa: S506 - makes texts only
            except (yaml.YAMLError, RecursionError):
                return 0, {}  # then it is text like any other
            if values is None:
                return number + 1, {}
            return (number + 1, values) if isinstance(values, dict) else (0, {})
        size += len(line)
        if size > LARGEST_FRONT:
            break
    return 0, {}


def _one(front: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(front[key]).strip() for key in keys if isinstance(front.get(key), str)), "")


def _many(front: dict[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        value = front.get(key)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and item:
                yield item
