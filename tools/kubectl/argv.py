"""Reads words as kubectl's own parser (cobra, pflag) would, but accepts less.

Less: global flags only before the subcommand, every flag once, no `--`, no `_` for `-`, no empty
values, no value that looks like a flag. Attached short flags (`-nshop`, `-oyaml`, `-o=yaml`,
`-Aojson`) are read exactly as pflag does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, NoReturn, Protocol

from tools.kubectl import synonyms
from tools.kubectl.rejection import refuse, repair
from tools.kubectl.tree import Command, CommandTree, Flag, Path_


class Screen(Protocol):
    """The policy's veto on single words, asked first, so that it comes before any repair."""

    def screen_command(self, path: Path_) -> None:
        """Raises Rejection when no form of this command may run."""

    def screen_flag(self, path: Path_, name: str) -> None:
        """Raises Rejection when this flag (long name) may not be given."""

    def runs_alone(self, path: Path_) -> bool:
        """Whether a command with subcommands may stand without one."""


class Parsed(NamedTuple):
    """A command with its flags told from its positional words."""

    command: Command
    positionals: list[str]
    flags: dict[str, str | bool]
    """Long name -> raw value; True or False for bool flags."""
    lists: Mapping[str, Sequence[str]] = MappingProxyType({})
    """Long name -> every value given, for flags of the type list."""


_BOOLS = {"true": True, "false": False}
_INT = re.compile(r"-?(?:0|[1-9]\d{0,11})")
"""Decimal only: pflag would read `010` as eight."""
_GO_DURATION = re.compile(r"(?:\d{1,9}(?:ms|h|m|s))+|0")


def parse(
    words: Sequence[str], tree: CommandTree, screen: Screen, *, repeats: bool = False
) -> Parsed:
    """The words after the program's name, understood.

    With `repeats`, flags of the type list may be given more than once, as pflag has it. Raises
    Rejection (rungs parse, tree, policy).
    """
    return _Reader(words, tree, screen, repeats=repeats).read()


class _Reader:
    """One pass over the words."""

    def __init__(
        self, words: Sequence[str], tree: CommandTree, screen: Screen, *, repeats: bool
    ) -> None:
        self._words = words
        self._repeats = repeats
        self._lists: dict[str, list[str]] = {}
        self._tree = tree
        self._screen = screen
        self._command = tree.root
        self._positionals: list[str] = []
        self._flags: dict[str, str | bool] = {}
        self._next = 0

    def read(self) -> Parsed:
        while self._next < len(self._words):
            word = self._words[self._next]
            self._next += 1
            if word == "--":
                refuse(
                    "parse", "double-dash", "`--` would turn flags into names.", "leave `--` out"
                )
            if word == "-":
                refuse("parse", "stdin", "A move reads nothing from standard input.")
            if word.startswith("--"):
                self._long(word)
            elif word.startswith("-"):
                self._shorts(word)
            else:
                self._positional(word)
        if self._command.children and not self._screen.runs_alone(self._command.path):
            program = " ".join((self._tree.program, *self._command.path))
            names = ", ".join(sorted(set(self._command.children.values()))[:24])
            repair("missing-subcommand", f"`{program}` needs a subcommand.", f"one of: {names}")
        return Parsed(self._command, self._positionals, self._flags, self._lists)

    def _positional(self, word: str) -> None:
        if not self._command.children:
            self._positionals.append(word)
            return
        path = (*self._command.path, self._command.children.get(word, word))
        self._screen.screen_command(path)
        found = self._tree.command(path)
        if found is None:
            near = synonyms.command(self._command, word) or self._command.child_words.nearest(word)
            program = " ".join((self._tree.program, *self._command.path))
            hint = f"did you mean `{program} {near}`?" if near else f"see `{program} --help`"
            # kubectl would look for a plug-in of this name and run it
            repair("unknown-command", f"`{program}` has no command `{word[:40]}`.", hint)
        self._command = found

    def _long(self, word: str) -> None:
        name, equals, value = word[2:].partition("=")
        if "_" in name:
            dashed = name.replace("_", "-")
            self._screen.screen_flag(self._command.path, dashed)
            repair(
                "underscore-flag", f"`--{name[:40]}` is spelt with `_`.", f"write --{dashed[:40]}"
            )
        self._screen.screen_flag(self._command.path, name)
        flag = self._command.flags.get(name)
        if flag is None:
            self._unknown(f"--{name}", name, value if equals else None)
        self._take(flag, value if equals else None)

    def _shorts(self, word: str) -> None:
        """`-abc`.

        Bools one by one; the first that takes a value takes the rest, without a leading `=`.
        """
        rest = word[1:]
        while rest:
            letter, rest = rest[0], rest[1:]
            flag = self._command.shorts.get(letter)
            if flag is None:
                self._unknown(f"-{letter}", "")
            self._screen.screen_flag(self._command.path, flag.name)
            if len(rest) > 1 and rest[0] == "=":
                self._take(flag, rest[1:])
                return
            if rest and not flag.bare:
                self._take(flag, rest)
                return
            self._take(flag, None)

    def _unknown(self, spelling: str, name: str, value: str | None = None) -> NoReturn:
        path = self._command.path
        if not path and self._tree.program == "kubectl":
            repair(
                "flag-before-command",
                f"`{spelling[:40]}` stands before the command.",
                "put the flags behind the command",
            )
        near = name and (
            synonyms.flag(self._command, name) or self._command.flag_words.nearest(name)
        )
        if near and value is None and not self._command.flags[near].bare:
            follows = self._words[self._next : self._next + 1]
            near = near if follows and not follows[0].startswith("-") else None
        hint = f"did you mean --{near}?" if near else f"leave {spelling[:40]} out"
        program = " ".join((self._tree.program, *path))
        repair("unknown-flag", f"`{program}` has no flag `{spelling[:40]}`.", hint)

    def _take(self, flag: Flag, value: str | None) -> None:
        if value is None and not flag.bare:
            if self._next >= len(self._words):
                repair("missing-value", f"--{flag.name} needs a value.", f"--{flag.name}=VALUE")
            value = self._words[self._next]
            self._next += 1
            if value.startswith("-"):
                self._flag_like(flag)
        if flag.name in self._flags and not (self._repeats and flag.type == "list"):
            refuse("parse", "duplicate-flag", f"--{flag.name} is given twice; the last would win.")
        self._flags[flag.name] = True if value is None else self._typed(flag, value)
        if flag.type == "list":
            self._lists.setdefault(flag.name, []).append(str(self._flags[flag.name]))

    def _typed(self, flag: Flag, value: str) -> str | bool:
        """The value as its type wants it.

        Values that look like flags pass only as negative times and numbers.
        """
        if not value:
            refuse(
                "parse", "empty-value", f"--{flag.name} has an empty value.", "leave the flag out"
            )
        if flag.type == "bool":
            if value not in _BOOLS:
                repair("bad-value", f"--{flag.name} is true or false.", f"--{flag.name}")
            return _BOOLS[value]
        if value.startswith("-") and not (value[1:2].isdigit() and self._command.path):
            self._flag_like(flag)
        if flag.type == "int" and not _INT.fullmatch(value):
            repair("bad-value", f"--{flag.name} is a whole number.", f"--{flag.name}=NUMBER")
        if flag.type == "duration" and not _GO_DURATION.fullmatch(value.removeprefix("-")):
            repair("bad-value", f"--{flag.name} is a duration.", f"--{flag.name}=10s")
        if flag.enum and value.partition("=")[0] not in flag.enum:
            repair(
                "bad-value",
                f"--{flag.name} does not know `{value[:40]}`.",
                f"one of: {', '.join(flag.enum)}",
            )
        return value

    def _flag_like(self, flag: Flag) -> NoReturn:
        refuse(
            "parse",
            "flag-like-value",
            f"The value of --{flag.name} looks like a flag.",
            f"--{flag.name}=VALUE",
        )
