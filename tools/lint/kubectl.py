"""kubectl and promtool lines of a runbook: whether command, flags and values exist in the binary.

Lenient where a move is strict: any order of flags, `--`, repeated flags, files, shell variables.
Whether a line may run is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tools.kubectl import synonyms
from tools.kubectl.tree import BARE, Command, CommandTree, Flag
from tools.lint import promql
from tools.lint.placeholder import MARK
from tools.suggest import closest

HIDDEN_COMMANDS = frozenset(
    {"help", "options", "alpha", "kuberc", "__complete", "__completeNoDesc"}
)
"""Root commands that `--help` does not list."""
HIDDEN_FLAGS = frozenset({"record", "help"})
"""Flags that work and are not listed: `--record` is deprecated and hidden, `--help` is everywhere."""
PLUGINS = frozenset(
    {"argo", "cert-manager", "cnpg", "ctx", "directpv", "gadget", "hns", "images", "krew"}
    | {"linkerd", "minio", "neat", "node-shell", "ns", "oidc-login", "rook-ceph", "stern"}
    | {"trace", "tree", "view-secret", "who-can"}
)
"""Commands of widely used kubectl plug-ins; the binary does not know them, and they are no slip."""
RUNS_ALONE = frozenset({("apply",), ("create",), ("cluster-info",), ("certificate",)})
"""Commands with subcommands that also run without one."""

_INT = re.compile(r"[-+]?\d+")
_DURATION = re.compile(r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+|0")
_BOOLS = frozenset(
    {"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"}
)
_PROMTOOL = frozenset({"check", "debug", "help", "promql", "push", "query", "test", "tsdb"})


class Mistake(NamedTuple):
    """Why a line cannot be right."""

    reason: str
    """unknown-command, unknown-flag, bad-value, missing-value, bad-promql."""
    message: str
    hint: str


def mistake(words: Sequence[str], tree: CommandTree) -> Mistake | None:
    """What is wrong with a kubectl line (program first), or None."""
    return _Reader(list(words[1:]), tree).read()


def promtool_mistake(words: Sequence[str]) -> Mistake | None:
    """What is wrong with a promtool line (program first): its command or its PromQL."""
    plain = [word for word in words[1:] if not word.startswith("-")]
    if not plain or MARK in plain[0]:
        return None
    if plain[0] not in _PROMTOOL:
        near = closest(plain[0], _PROMTOOL)
        return _unknown_command("promtool", plain[0], near)
    if plain[:2] not in (["query", "instant"], ["query", "range"]):
        return None
    expressions = [word for word in plain[2:] if "://" not in word and word != MARK]
    problem = promql.mistake(expressions[-1].replace(MARK, "x")) if expressions else ""
    return (
        Mistake("bad-promql", f"the PromQL does not parse: {problem}", problem) if problem else None
    )


class _Reader:
    """One pass over the words of a kubectl line."""

    def __init__(self, words: list[str], tree: CommandTree) -> None:
        self._words = words
        self._tree = tree
        self._command = tree.root
        self._settled = False
        """True when no further word can be a subcommand."""

    def read(self) -> Mistake | None:
        while self._words:
            word = self._words.pop(0)
            if word == "--":
                return None
            if word.startswith("--"):
                found = self._long(word)
            elif word.startswith("-") and len(word) > 1:
                found = self._shorts(word)
            else:
                found = self._positional(word)
            if found is not None:
                return found
        return None

    def _positional(self, word: str) -> Mistake | None:
        if self._settled or not self._command.children:
            return None
        if MARK in word or word.startswith(("[", "{", "...", "…")) or word.isupper():
            self._words.clear()  # the reader's own command: nothing can be told
            return None
        path = self._command.path
        child = self._command.children.get(word)
        if child is not None:
            self._command = self._tree.command((*path, child)) or self._command
            return None
        if path in RUNS_ALONE and path != ("create",):
            self._settled = True
            return None
        if not path and word in HIDDEN_COMMANDS | PLUGINS:
            self._words.clear()
            return None
        known = synonyms.command(self._command, word)
        near = [known] if known else closest(word, self._command.children)
        return _unknown_command(" ".join(("kubectl", *path)), word, near)

    def _long(self, word: str) -> Mistake | None:
        name, equals, value = word[2:].partition("=")
        if MARK in name or name in HIDDEN_FLAGS:
            return None
        flag = self._flag(name.replace("_", "-"))
        if flag is None:
            return self._unknown_flag(f"--{name}", name)
        return self._value(flag, value if equals else None)

    def _shorts(self, word: str) -> Mistake | None:
        rest = word[1:]
        while rest:
            letter, rest = rest[0], rest[1:]
            if letter == MARK or letter == "h":
                return None
            flag = self._command.shorts.get(letter)
            if flag is None:
                return self._unknown_flag(f"-{letter}", "")
            if rest and (not flag.bare or rest[0] == "="):
                return self._value(flag, rest.removeprefix("="))
            found = self._value(flag, None)
            if found is not None:
                return found
        return None

    def _flag(self, name: str) -> Flag | None:
        """The flag of this command or, before the subcommand is known, of one below it."""
        known = self._command.flags.get(name)
        if known is not None or not self._command.children:
            return known
        path = self._command.path
        below = (c for c in self._tree if c.path[: len(path)] == path and name in c.flags)
        first = next(below, None)
        return first.flags[name] if first is not None else None

    def _unknown_flag(self, spelling: str, name: str) -> Mistake:
        command: Command = self._command
        known = synonyms.flag(command, name)
        near = [known] if known else closest(name, command.flags) if name else []
        program = " ".join(("kubectl", *command.path))
        hint = f"did you mean --{near[0]}?" if near else f"see {program} --help"
        return Mistake("unknown-flag", f"`{program}` has no flag `{spelling}`.", hint)

    def _value(self, flag: Flag, value: str | None) -> Mistake | None:
        if value is None:
            if flag.bare:
                return None
            if not self._words:
                return Mistake(
                    "missing-value", f"--{flag.name} needs a value.", f"--{flag.name}=VALUE"
                )
            value = self._words.pop(0)
        hint = _wrong_value(flag, value)
        if not hint:
            return None
        return Mistake("bad-value", f"--{flag.name} does not take `{value[:60]}`.", hint)


def _wrong_value(flag: Flag, value: str) -> str:
    """A hint when a value cannot be of the flag's type; empty when it can, or has a placeholder."""
    if MARK in value or not value or value.startswith(("[", "{")) or value.isupper():
        return ""
    if flag.type == "int" and not _INT.fullmatch(value):
        return f"--{flag.name} is a whole number"
    if flag.type == "duration" and not _DURATION.fullmatch(value):
        return f"--{flag.name} is a duration such as 30s, 5m or 24h"
    if flag.type == "bool" and value not in _BOOLS:
        return f"--{flag.name} is true or false"
    if flag.name in BARE and value in _BOOLS | {"unchanged", "warn", "strict", "ignore"}:
        return ""
    if flag.enum and value.partition("=")[0] not in flag.enum:
        near = closest(value, flag.enum)
        return f"did you mean {near[0]}?" if near else f"one of: {', '.join(flag.enum)}"
    return ""


def _unknown_command(program: str, word: str, near: list[str]) -> Mistake:
    hint = f"did you mean `{program} {near[0]}`?" if near else f"see `{program} --help`"
    return Mistake("unknown-command", f"`{program}` has no command `{word[:60]}`.", hint)
