"""Invocation: a kubectl command line of a scenario, read with the program's own grammar."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.errors import UsageError
from tools.kubectl import argv
from tools.kubectl.rejection import Rejection
from tools.kubectl.tree import CommandTree, Path_


@dataclass(frozen=True)
class Invocation:
    """One command line, parsed."""

    path: Path_
    """`("rollout", "undo")`."""
    words: Sequence[str]
    """Positional words."""
    flags: Mapping[str, str | bool]
    """Long name -> value, the last one of a list."""
    lists: Mapping[str, Sequence[str]]
    """Long name -> all values, of flags that may be repeated; commas are not split."""
    program: Sequence[str]
    """The words behind `--`."""

    def text(self, flag: str, default: str = "") -> str:
        """A flag's value as text."""
        return str(self.flags.get(flag, default))

    def number(self, flag: str) -> int | None:
        """A flag's value as a whole number; None when it is not given."""
        return int(self.flags[flag]) if flag in self.flags else None

    def on(self, flag: str) -> bool:
        """Whether a bool flag is given and true."""
        return self.flags.get(flag) is True

    def items(self, flag: str) -> list[str]:
        """The values of a repeated flag, split at commas as kubectl's string slices are."""
        return [part for value in self.lists.get(flag, ()) for part in value.split(",") if part]

    def pairs(self, flag: str) -> dict[str, str]:
        """`a=1,b=2` as a mapping. Raises UsageError."""
        return dict(pair(part) for part in self.text(flag).split(",") if part)

    def mistake(self, why: str) -> UsageError:
        """An error about this command line."""
        return UsageError(f"a scenario cannot do this in the simulator: {self}: {why}")

    def __str__(self) -> str:
        return shlex.join([*self.path, *self.words])


class _Open:
    """A Screen that lets every command pass: scenarios are ours, and nothing of this is run."""

    def screen_command(self, path: Path_) -> None:
        """Pass."""

    def screen_flag(self, path: Path_, name: str) -> None:
        """Pass."""

    def runs_alone(self, path: Path_) -> bool:
        """No command stands without its subcommand."""
        return False


def read(command: str) -> Invocation:
    """The command line without `kubectl`. Raises UsageError when kubectl would not take it."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"kubectl would not take {command!r}: {error}") from error
    program: list[str] = []
    if "--" in words:
        at = words.index("--")
        words, program = words[:at], words[at + 1 :]
    try:
        found = argv.parse(words, CommandTree.packed(), _Open(), repeats=True)
    except Rejection as error:
        raise UsageError(f"kubectl would not take {command!r}: {error}") from error
    return Invocation(found.command.path, found.positionals, found.flags, found.lists, program)


def pair(text: str) -> tuple[str, str]:
    """`key=value`. Raises UsageError."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"not KEY=VALUE: {text!r}")
    return key, value


def nest(path: Sequence[str], value: Any) -> Any:
    """The value below a path of keys."""
    for key in reversed(path):
        value = {key: value}
    return value
