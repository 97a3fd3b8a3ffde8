"""Writer: expressions as a grammar text in llguidance's dialect of Lark.

Lists of words become terminals, one regular expression each for the lexer: five hundred names then
cost what one costs. All else becomes rules.

The lexer takes the longest lexeme that could still match and never goes back, so a lexeme that is the
beginning of another must not be followed by what continues the other. Spaces are therefore always lexemes
of their own, and no word of a list holds one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from model.grammar.expression import (
    Choice,
    Embedded,
    Expression,
    Maybe,
    Pattern,
    Sequence,
    Words,
    possible,
)

_PIECE = re.compile(" |[^ ]+")


class Impossible(ValueError):
    """The grammar would have nothing to say."""


class Writer:
    """Collects rules; each expression object is written once."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[int, str] = {}
        self._kept: list[object] = []
        """The expressions named so far: an id must not be given to a second object."""
        self._texts: dict[str, str] = {}

    def rule(self, alternatives: Iterable[str]) -> str:
        """A new rule of ready alternatives (see `reference`); an empty one may say nothing."""
        name = f"r{len(self._lines)}"
        self._lines.append(f"{name}: {' | '.join(alternatives)}")
        return name

    def reference(self, expression: Expression) -> str:
        """How other rules name this expression. It must be `possible`."""
        if isinstance(expression, str):
            return " ".join(map(literal, _PIECE.findall(expression)))
        known = self._names.get(id(expression))
        if known is None:
            known = self._names[id(expression)] = self._write(expression)
            self._kept.append(expression)
        return known

    def text(self, start: str) -> str:
        """The whole grammar; `start` is a reference."""
        return "\n".join([f"start: {start}", *self._lines, ""])

    def _write(self, expression: Expression) -> str:
        if isinstance(expression, Words):
            return self._terminal(" | ".join(map(literal, expression.words)))
        if isinstance(expression, Pattern):
            body = f"/{_regex(expression.regex)}/"
            if expression.but_not:
                body += f" & ~/{_regex(expression.but_not)}/"
            return self._terminal(body)
        if isinstance(expression, Embedded):
            return self.rule([f"%json {expression.schema}"])
        if isinstance(expression, Maybe):
            return self.rule(["", self.reference(expression.part)])
        if isinstance(expression, Sequence):
            return self.rule([" ".join(self.reference(part) for part in expression.parts)])
        assert isinstance(expression, Choice)  # noqa: S101 - for mypy; the union ends here
        found = [self.reference(part) for part in expression.parts if possible(part)]
        if not found:
            raise Impossible("a choice of nothing")
        return self.rule(found)

    def _terminal(self, body: str) -> str:
        known = self._texts.get(body)
        if known is None:
            known = self._texts[body] = f"T{len(self._lines)}"
            self._lines.append(f"{known}: {body}")
        return known


def literal(text: str) -> str:
    """A text in quotes, as Lark reads it (JSON's escapes)."""
    plain = text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
    return f'"{text}"' if plain else json.dumps(text)


def _regex(regex: str) -> str:
    """A regular expression inside slashes."""
    return regex.replace("/", r"\/")
