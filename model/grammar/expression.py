"""Expressions: the parts that command grammars are made of, as plain data.

They compare by identity: a part that is used in several places is written into the grammar once.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Words:
    """One of a closed list of texts without spaces, written exactly so. An empty list: never."""

    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Pattern:
    """Text of a shape: a regular expression over the whole of it."""

    regex: str
    but_not: str = ""
    """A second regular expression that the text must not match."""


@dataclass(frozen=True, eq=False)
class Sequence:
    """One after the other."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, eq=False)
class Choice:
    """One of several. None of them: never."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, eq=False)
class Maybe:
    """Said or left out."""

    part: Expression


@dataclass(frozen=True, eq=False)
class Embedded:
    """A JSON document of a schema (a JSON text), in the middle of a line."""

    schema: str


Expression = str | Words | Pattern | Sequence | Choice | Maybe | Embedded
"""A plain string is itself, spaces and all."""


def sequence(*parts: Expression) -> Sequence:
    """`Sequence` of its arguments."""
    return Sequence(parts)


def choice(*parts: Expression) -> Choice:
    """`Choice` of its arguments."""
    return Choice(parts)


def possible(expression: Expression) -> bool:
    """Whether anything can be said at all: an empty list of names makes what needs one impossible."""
    if isinstance(expression, Words):
        return bool(expression.words)
    if isinstance(expression, Sequence):
        return all(possible(part) for part in expression.parts)
    if isinstance(expression, Choice):
        return any(possible(part) for part in expression.parts)
    return True
