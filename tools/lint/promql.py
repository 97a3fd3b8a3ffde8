"""PromQL in rules and runbooks: whether it parses, placeholders allowed."""

from __future__ import annotations

import re

from tools.lint.placeholder import MARK, TEMPLATE, mark_angles

MAX_CHARS = 10_000
MAX_OPERATORS = 500
"""Brackets and operators; the parser recurses in native code and dies at a few thousand."""

_RANGE = re.compile(r"\[\s*(?:\$\{?\w+\}?|" + MARK + r")\s*(:[^\]]*)?\]")
_VARIABLE = re.compile(r"\$\{[^{}\n]*\}|\$__\w+|\$[A-Za-z_]\w*|\[\[\w+\]\]")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`")
_OPERATOR = re.compile(r"[(\[{]|[-+*/%^<>=!]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_LINE = re.compile(r"^\s*(?:#.*)?$")


def mistake(expression: str) -> str:
    """What is wrong with an expression, in one line; empty when it is fine or cannot be told."""
    if len(expression) > MAX_CHARS or len(_OPERATOR.findall(expression)) > MAX_OPERATORS:
        return ""
    problem = _problem(expression)
    if problem:
        filled = _filled(expression)
        if filled != expression:
            return _problem(filled)
    return problem


def mistakes(text: str) -> list[tuple[int, str, str]]:
    """(line offset, expression, problem or "") for each expression of a PromQL block.

    A block is one expression, or several parted by empty lines, or one per line.
    """
    if not text.strip():
        return []
    if not (problem := mistake(text)):
        return [(_first_line(text, 0), text.strip(), "")]
    found: list[tuple[int, str, str]] = []
    for start, chunk in _chunks(text):
        lines = [(start + i, line) for i, line in enumerate(chunk.split("\n"))]
        lines = [(at, line) for at, line in lines if not _LINE.match(line)]
        problem = mistake(chunk)
        if problem and len(lines) > 1 and not all(mistake(line) for _, line in lines):
            found += [(at, line.strip(), mistake(line)) for at, line in lines]
        elif lines:
            found.append((_first_line(chunk, start), chunk.strip(), problem))
    return found


def _problem(expression: str) -> str:
    import promql_parser

    try:
        promql_parser.parse(expression)
    except ValueError as error:
        return str(error).strip().split("\n")[0][:200] or "it does not parse"
    return ""


def _filled(expression: str) -> str:
    """The expression with something plausible where the reader or a dashboard fills in."""
    text = TEMPLATE.sub(MARK, expression)
    parts, position = [], 0
    for string in _STRING.finditer(text):
        parts.append(_fill_code(text[position : string.start()]))
        parts.append(_VARIABLE.sub("x", string[0]).replace(MARK, "x"))
        position = string.end()
    return "".join([*parts, _fill_code(text[position:])])


def _fill_code(text: str) -> str:
    text = mark_angles(text)
    text = _RANGE.sub(lambda found: f"[5m{found[1] or ''}]", text)
    return _VARIABLE.sub("x", text).replace(MARK, "x")


def _chunks(text: str) -> list[tuple[int, str]]:
    chunks: list[tuple[int, str]] = []
    lines: list[str] = []
    start = 0
    for number, line in enumerate(text.split("\n")):
        if line.strip():
            if not lines:
                start = number
            lines.append(line)
        elif lines:
            chunks.append((start, "\n".join(lines)))
            lines = []
    return [*chunks, (start, "\n".join(lines))] if lines else chunks


def _first_line(text: str, start: int) -> int:
    for number, line in enumerate(text.split("\n")):
        if not _LINE.match(line):
            return start + number
    return start
