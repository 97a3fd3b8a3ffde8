"""CommandTree: which commands and flags a program has, as its own `--help` says.

Pure data with look-ups made once. It knows nothing of what is wise to run: that is the policy's
part. Not covered: the shape of positional arguments, which `--help` gives only as prose (see
targets.py).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tools.kubectl.vocabulary import Vocabulary

FlagType = Literal["bool", "string", "int", "duration", "list"]
Path_ = tuple[str, ...]
DATA = Path(__file__).parents[1] / "data"
SCHEMA = "magos.tree/v1"

BARE = frozenset({"dry-run", "validate", "cascade"})
"""Flags that are not bool and yet stand without a value (pflag's NoOptDefVal).

They never take the next word. `--help` does not show it; measured on kubectl 1.33.
"""


class Flag(NamedTuple):
    """One flag of a command."""

    name: str
    """Long name without dashes."""
    short: str
    """One letter, or an empty string."""
    type: FlagType
    default: str
    """As `--help` prints it, without quotes."""
    enum: tuple[str, ...]
    """The values allowed; empty when any value of the type is."""

    @property
    def bare(self) -> bool:
        """True when the flag can stand without a value, and then never takes the next word."""
        return self.type == "bool" or self.name in BARE


@dataclass(frozen=True)
class Command:
    """One command, with the global flags merged into its own."""

    path: Path_
    """`("rollout", "status")`; empty for the program itself."""
    usage: str
    """The usage line, for hints."""
    children: Mapping[str, str]
    """Subcommand name or alias -> subcommand name."""
    flags: Mapping[str, Flag]
    """Long name -> flag, global flags included."""
    shorts: Mapping[str, Flag]
    """Letter -> flag."""
    own: tuple[Flag, ...]
    """The command's own flags, without the global ones."""

    @cached_property
    def flag_words(self) -> Vocabulary:
        """The long flag names, for did-you-mean."""
        return Vocabulary(self.flags)

    @cached_property
    def child_words(self) -> Vocabulary:
        """The subcommands' names, for did-you-mean."""
        return Vocabulary(self.children)


class CommandTree:
    """All commands of one program by path."""

    def __init__(self, program: str, version: str, commands: Mapping[Path_, Command]) -> None:
        self.program = program
        self.version = version
        """Version of the program the tree was read from; may be empty."""
        self._commands = commands
        self.global_flags = commands[()].own

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> CommandTree:
        """The tree from `to_json`'s form. Raises ValueError when it is not of this form."""
        if raw.get("schema") != SCHEMA:
            raise ValueError(f"not a {SCHEMA} document")
        try:
            return _build(raw)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"broken command tree: {error!r}") from error

    @classmethod
    @cache
    def packed(cls, program: Literal["kubectl", "promtool"] = "kubectl") -> CommandTree:
        """The tree shipped with the package.

        Kubectl 1.33's, or what promtool's query commands offer.
        """
        if program == "promtool":
            return cls.from_json(json.loads((DATA / "promtool_tree.json").read_text("utf-8")))
        return cls.from_json(
            json.loads(gzip.decompress((DATA / "kubectl_tree.json.gz").read_bytes()))
        )

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __len__(self) -> int:
        return len(self._commands)

    @property
    def root(self) -> Command:
        """The program itself, with the global flags."""
        return self._commands[()]

    def command(self, path: Sequence[str]) -> Command | None:
        """The command at `path` (names, not aliases); None when there is none."""
        return self._commands.get(tuple(path))

    def to_json(self) -> dict[str, Any]:
        """A JSON value that `from_json` reads back; lists in the program's own order."""
        return {
            "schema": SCHEMA,
            "program": self.program,
            "version": self.version,
            "commands": [
                {
                    "path": list(command.path),
                    "usage": command.usage,
                    "children": dict(command.children),
                    "flags": [[*flag[:4], list(flag.enum)] for flag in command.own],
                }
                for command in self
            ],
        }


def _build(raw: Mapping[str, Any]) -> CommandTree:
    entries = {tuple(entry["path"]): entry for entry in raw["commands"]}
    own = {path: tuple(_flag(item) for item in entry["flags"]) for path, entry in entries.items()}
    commands = {}
    for path, entry in entries.items():
        # a command's own flag wins over a global one of the same letter
        merged = {flag.name: flag for flag in (*own[()], *own[path])}
        children = {str(word): str(name) for word, name in entry["children"].items()}
        for name in children.values():
            if (*path, name) not in entries:
                raise ValueError(f"command tree names {name} under {path}, but does not hold it")
        commands[path] = Command(
            path=path,
            usage=str(entry["usage"]),
            children=children,
            flags=merged,
            shorts={flag.short: flag for flag in merged.values() if flag.short},
            own=own[path],
        )
    return CommandTree(str(raw["program"]), str(raw["version"]), commands)


def _flag(item: Sequence[Any]) -> Flag:
    name, short, kind, default, enum = item
    if kind not in ("bool", "string", "int", "duration", "list"):
        raise ValueError(f"flag {name} has the unknown type {kind}")
    return Flag(str(name), str(short), kind, str(default), tuple(str(value) for value in enum))
