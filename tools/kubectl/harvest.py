"""Reads kubectl's `--help` texts into a CommandTree. Pure: the caller runs the program.

About 106 texts, 65 ms each. The format is rigid: ` -f, --filename=[]:` and, on the next line, a tab
and the help. Types come from the printed default, enums from the sentence. Plug-ins listed in the
help are left out: they are other programs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tools.kubectl.tree import SCHEMA, CommandTree, Path_

RunHelp = Callable[[tuple[str, ...]], str]
"""Path -> the text of `kubectl PATH --help`.

For `("options",)` that of `kubectl options`, which lists the global flags.
"""

MAX_DEPTH = 3
MAX_COMMANDS = 400
"""kubectl 1.33 has 106; a program that lists endless subcommands is not kubectl."""

HELP_FLAG = ["help", "h", "bool", "false", []]
"""Every command has it; no help text lists it."""

_FLAG = re.compile(r"^ {4}(?:-(?P<short>\w), )?--(?P<name>[a-z0-9][a-z0-9-]*)=(?P<default>.*):$")
_SECTION = re.compile(r"^[A-Z][^:]*:$")
_CHILD = re.compile(r"^ {2}([a-z][a-z0-9-]*) +\S")
_ENUMS = (
    re.compile(r"[Oo]ne of:? \(([^()]+)\)"),
    re.compile(r"[Oo]ne of (\"?'?\w+'? or '\w+'\"?)"),
    re.compile(r"one of \[([a-z ]+)\]"),
    re.compile(r"^Must be ((?:\"\w+\",? )+(?:or )?\"\w+\")"),
    re.compile(r"can be either ('\w+' or '\w+')"),
)
_WORD = re.compile(r"[a-z][a-zA-Z0-9-]*")
_NUMBER = re.compile(r"^-?\d+$")
_DURATION = re.compile(r"^(?:\d+(?:ms|h|m|s))+$")


def harvest(run_help: RunHelp, *, version: str = "") -> CommandTree:
    """Walk the help texts from the root. Raises ValueError when they are not kubectl's.

    What `run_help` raises is passed on, so that a program that cannot be started is told apart from
    odd text.
    """
    commands: list[dict[str, Any]] = []
    waiting: list[Path_] = [()]
    while waiting:
        path = waiting.pop(0)
        text = run_help(path)
        children = _children(text) if len(path) < MAX_DEPTH else []
        flags = _flags(text) if path else [*_flags(run_help(("options",))), HELP_FLAG]
        commands.append(
            {
                "path": list(path),
                "usage": _usage(text),
                "children": {name: name for name in children},
                "flags": flags,
            }
        )
        _add_aliases(commands, path, text)
        waiting.extend((*path, name) for name in children)
        if len(commands) + len(waiting) > MAX_COMMANDS:
            raise ValueError(f"more than {MAX_COMMANDS} commands: not kubectl's help")
    tree = CommandTree.from_json(
        {"schema": SCHEMA, "program": "kubectl", "version": version, "commands": commands}
    )
    for wanted in ("get", "describe", "logs"):
        if tree.command((wanted,)) is None:
            raise ValueError(f"the help lists no command `{wanted}`: not kubectl's help")
    if not any(flag.name == "namespace" for flag in tree.global_flags):
        raise ValueError("the help lists no global flag --namespace: not kubectl's help")
    return tree


def _children(text: str) -> list[str]:
    found: list[str] = []
    inside = False
    for line in text.splitlines():
        if _SECTION.match(line):
            inside = "Commands" in line
        elif inside and (match := _CHILD.match(line)):
            found.append(match[1])
    return found


def _flags(text: str) -> list[list[Any]]:
    flags: list[list[Any]] = []
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if not (match := _FLAG.match(line)):
            continue
        help_text = lines[index + 1].strip() if index + 1 < len(lines) else ""
        default = match["default"]
        flags.append(
            [
                match["name"],
                match["short"] or "",
                _type(default),
                default.strip("'"),
                _enum(help_text),
            ]
        )
    return flags


def _type(default: str) -> str:
    if default in ("true", "false"):
        return "bool"
    if default.startswith("["):
        return "list"
    if _NUMBER.match(default):
        return "int"
    return "duration" if _DURATION.match(default) else "string"


def _enum(help_text: str) -> list[str]:
    for pattern in _ENUMS:
        if match := pattern.search(help_text):
            return [word for word in _WORD.findall(match[1]) if word != "or"]
    return []


def _usage(text: str) -> str:
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if line == "Usage:" and index + 1 < len(lines):
            return lines[index + 1].strip()
    return ""


def _add_aliases(commands: list[dict[str, Any]], path: Path_, text: str) -> None:
    """`Aliases:` in a command's help belongs into its parent's look-up."""
    match = re.search(r"^Aliases:\n(.+)$", text, re.MULTILINE)
    if not match or not path:
        return
    parent = next(entry for entry in commands if entry["path"] == list(path[:-1]))
    for alias in match[1].split(","):
        parent["children"].setdefault(alias.strip(), path[-1])
