"""Command lines: words, then options in one fixed order, a few at most, none that exclude each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from model.grammar.expression import Expression, possible
from model.grammar.lark import Impossible, Writer
from model.protocol import Grammar


@dataclass(frozen=True, eq=False)
class Option:
    """One option (flag), with the space before it."""

    name: str
    """What conflicts are told by."""
    text: Expression
    """All of it: ` --tail=` and its values."""
    excludes: frozenset[str] = frozenset()
    """Names of options that cannot stand behind this one."""
    required: bool = False
    """It always stands."""


@dataclass(frozen=True, eq=False)
class Options:
    """The options of a command in their one order; shared tails are written once."""

    first: Option
    rest: Options | None = None

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of the options from here on."""
        return frozenset({self.first.name}) | (self.rest.names if self.rest else frozenset())


def options(found: Iterable[Option], tail: Options | None = None) -> Options | None:
    """Options in the given order, before those of `tail`; None when there are none.

    What can never be said is left out, unless it is required: then its command is impossible.
    """
    for option in reversed([o for o in found if o.required or possible(o.text)]):
        tail = Options(option, tail)
    return tail


@dataclass(frozen=True, eq=False)
class Command:
    """One way of saying one command."""

    start: Expression
    """Everything before the options: command, arguments, namespace."""
    options: Options | None = None
    most: int = 3
    """Options at most, those that are required not counted."""


def line_grammar(commands: Iterable[Command]) -> Grammar:
    """One line that is one of the commands. Raises Impossible when there is none to say."""
    writer = Writer()
    tails = _Tails(writer)
    found = []
    for command in commands:
        if not possible(command.start):
            continue
        tail = tails.write(command.options, command.most, frozenset())
        if tail is not None:
            found.append(f"{writer.reference(command.start)} {tail}".rstrip())
    if not found:
        raise Impossible("there is no command to say")
    return Grammar(syntax="lark", text=writer.text(writer.rule(found)))


class _Tails:
    """Rules for `options from here on, n of them at most, none of these`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._known: dict[tuple[int, int, frozenset[str]], str | None] = {}

    def write(self, from_here: Options | None, most: int, banned: frozenset[str]) -> str | None:
        """A reference, empty when nothing can follow; None when a required option cannot be said."""
        if from_here is None:
            return ""
        banned &= from_here.names
        key = (id(from_here), most, banned)
        if key not in self._known:
            self._known[key] = self._write(from_here, most, banned)
        return self._known[key]

    def _write(self, from_here: Options, most: int, banned: frozenset[str]) -> str | None:
        option, rest = from_here.first, from_here.rest
        without = None if option.required else self.write(rest, most, banned)
        left = most if option.required else most - 1
        said = None
        if option.name not in banned and left >= 0 and possible(option.text):
            behind = self.write(rest, left, banned | option.excludes)
            if behind is not None:
                said = f"{self._writer.reference(option.text)} {behind}".rstrip()
        if said is None:
            return without
        return self._writer.rule([said] if without is None else [without, said])
