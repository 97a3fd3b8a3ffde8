"""Flags of one command as grammar options: those that the tree has and the policy opens, in canonical order."""

from __future__ import annotations

from collections.abc import Iterable

from agent.grammars.fields import expressions
from agent.grammars.values import Place, value
from agent.grammars.words import words
from model.grammar.command import Option, Options, options
from model.grammar.expression import Choice, Expression, possible, sequence
from tools.kubectl.command import FLAG_ORDER, SHORT_SPELLINGS
from tools.kubectl.policy import Policy
from tools.kubectl.tree import Command, CommandTree, Flag, Path_

ELSEWHERE = frozenset({"namespace", "all-namespaces"})
"""Said with the objects."""
NEVER = frozenset(
    {
        "server-print",
        "allow-missing-template-keys",
        "show-managed-fields",
        "quiet",
        "global-default",
    }
)
"""Open, but they only take away from what an answer tells."""
BOTH = frozenset({"namespaced"})
"""True by default, and yet kubectl asks whether it was given."""
TABLE_ONLY = frozenset({"show-labels", "label-columns", "no-headers", "show-kind", "sort-by"})
"""Columns of the table, which `-o json` and its like do not print."""
EXCLUDES: dict[str, frozenset[str]] = {
    "container": frozenset({"all-containers"}),
    "selector": frozenset({"field-selector"}),
    "list": frozenset({"quiet", "subresource"}),
    "since": frozenset({"since-time"}),
    "field-selector": frozenset(),
}
"""Flag -> flags that cannot stand behind it."""


def command_flags(
    tree: CommandTree, policy: Policy, path: Path_
) -> tuple[Command, list[Flag]] | None:
    """The command and its open flags in the canonical text's order; None when either lacks it."""
    command = tree.command(path)
    if command is None or not policy.runs_alone(path):
        return None
    opened = policy.opening(path).flags
    found = [
        flag
        for flag in command.flags.values()
        if flag.name in opened and flag.name not in ELSEWHERE and flag.name not in NEVER
        if flag.name not in policy.forbidden_flags or flag.name in opened
        if flag.name not in policy.endless_flags
    ]
    return command, sorted(found, key=lambda flag: _rank(flag.name))


def made(
    flags: Iterable[Flag],
    place: Place,
    *,
    required: Iterable[str] = (),
    without: Iterable[str] = (),
    tail: Options | None = None,
) -> Options | None:
    """The options of these flags at a place."""
    needed, left_out = frozenset(required), frozenset(without)
    found: list[Option] = []
    for flag in flags:
        if flag.name not in left_out:
            found += _options(flag, place, flag.name in needed)
    return options(found, tail)


def _options(flag: Flag, place: Place, required: bool) -> list[Option]:
    excludes = EXCLUDES.get(flag.name, frozenset())
    if flag.type == "bool":
        alone = excludes | {flag.name}
        return [Option(flag.name, text, alone, required) for text in _bools(flag)]
    if flag.name == "output" and place.path == ("get",):
        return _get_output(flag, place)
    if flag.name == "output" and place.path == ("explain",):
        return []  # a form of the same text that no one needs
    found = value(flag, place)
    if found is None:  # a required option that cannot be said makes its command impossible
        return [Option(flag.name, Choice(()), required=True)] if required else []
    if flag.name == "output":
        excludes = TABLE_ONLY
    return [Option(flag.name, sequence(_before(flag.name), found), excludes, required)]


def _get_output(flag: Flag, place: Place) -> list[Option]:
    """`-o wide` goes with the table's columns, the other forms do not."""
    known = set(flag.enum)
    plain = [word for word in ("json", "yaml", "name") if word in known]
    found: list[Expression] = [words(plain)]
    if {"jsonpath", "custom-columns"} <= known:
        found.append(expressions(place.kind, place.named))
    before = _before("output")
    offered = [Option("output", sequence(before, "wide"), frozenset({"output"}))]
    offered += [
        Option("output", sequence(before, part), TABLE_ONLY | {"output"})
        for part in found
        if possible(part)
    ]
    return offered if "wide" in known else offered[1:]


def _bools(flag: Flag) -> list[Expression]:
    if flag.default != "true":
        return [f" --{flag.name}"]
    off = f" --{flag.name}=false"
    return [off, f" --{flag.name}"] if flag.name in BOTH else [off]


def _before(name: str) -> str:
    short = SHORT_SPELLINGS.get(name)
    return f" {short} " if short else f" --{name}="


def _rank(name: str) -> tuple[int, str]:
    return (FLAG_ORDER.index(name) if name in FLAG_ORDER else len(FLAG_ORDER), name)
