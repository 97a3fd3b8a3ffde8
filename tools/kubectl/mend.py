"""Mend: command lines that may be what a rejected one was meant to be.

Guesses only, made from the words and the slug of what is wrong with them. The ladder judges each
like any other line before it offers one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tools.kubectl import lexer, mendline, synonyms
from tools.kubectl.mendline import Line
from tools.kubectl.rejection import Rejection
from tools.kubectl.resources import lookup
from tools.kubectl.targets import SECRET
from tools.kubectl.tree import Command, CommandTree, Flag
from tools.suggest import closest

Words = list[str]

READ_INSTEAD = {
    "describe": frozenset({"attach", "cp", "debug", "exec", "port-forward"}),
    "get": frozenset({"annotate", "apply", "delete", "edit", "label", "patch", "replace", "scale"}),
}
"""Read -> the commands in whose place it shows the same object."""

_DAYS = re.compile(r"(\d{1,4}) ?(d|days?|w|weeks?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)")
_HOURS = {"d": 24, "w": 168}


class _Given(NamedTuple):
    """One flag as it was written: `words[at:end]`."""

    at: int
    end: int
    name: str
    value: str | None
    flag: Flag | None


def guesses(line: Line, reason: str, tree: CommandTree) -> Iterator[Line]:
    """Other lines, the likeliest first; none for most reasons. `tree` is kubectl's."""
    if reason in mendline.BY_REASON:
        if isinstance(line, str):
            yield from mendline.BY_REASON[reason](line, tree)
        return
    try:
        words = lexer.words(line)
    except Rejection:
        return
    if words[0] != "kubectl" or len(words) < 2:
        return
    way = _BY_WORDS.get(reason)
    if way is not None:
        yield from way(words, tree)
    yield from _read_instead(words, tree)


def _command(words: Words, tree: CommandTree) -> Iterator[Line]:
    """Another name for the command, or `get` before what is a kind."""
    at, parent = _path(words, tree)
    if at == len(words):
        return
    meant = synonyms.command(parent, words[at]) or parent.child_words.nearest(words[at])
    if meant:
        yield [*words[:at], meant, *words[at + 1 :]]
    if lookup(words[at].partition("/")[0]):
        yield ["kubectl", "get", *words[1:]]


def _behind(words: Words, tree: CommandTree) -> Iterator[Line]:
    """Flags that stand before the command, behind it."""
    for at, word in enumerate(words):
        if at and word in tree.root.children:
            yield ["kubectl", *words[at:], *words[1:at]]
            return


def _unknown_flag(words: Words, tree: CommandTree) -> Iterator[Line]:
    """The flag that was meant; else without it."""
    command = _path(words, tree)[1]
    for given in _given(words, command):
        if given.flag is None:
            near = synonyms.flag(command, given.name) or command.flag_words.nearest(given.name)
            if near:
                yield _renamed(words, given, near)
            yield from _dropped(words, given)


def _dashes(words: Words, tree: CommandTree) -> Iterator[Line]:
    yield [re.sub(r"^--[\w-]+", lambda name: name[0].replace("_", "-"), word) for word in words]


def _value(words: Words, tree: CommandTree) -> Iterator[Line]:
    """A value that the flag takes; else without the flag."""
    for given in _given(words, _path(words, tree)[1]):
        flag, value = given.flag, given.value
        if flag is None or value is None or value in flag.enum:
            continue
        days = _DAYS.fullmatch(value.lower())
        for other in [_duration(days[1], days[2])] if days else closest(value, flag.enum):
            yield [*words[: given.at], f"--{flag.name}={other}", *words[given.end :]]
        if not days and flag.name != "namespace":
            yield from _dropped(words, given)


def _duration(number: str, unit: str) -> str:
    """As Go writes it, which has no days."""
    hours = _HOURS.get(unit[0])
    return f"{int(number) * hours}h" if hours else f"{number}{unit[0]}"


def _any_flag_less(words: Words, tree: CommandTree) -> Iterator[Line]:
    """Without one of the flags."""
    for given in reversed(list(_given(words, _path(words, tree)[1]))):
        yield from _dropped(words, given)


def _namespace_less(words: Words, tree: CommandTree) -> Iterator[Line]:
    """Where the run looks anyway."""
    for given in _given(words, _path(words, tree)[1]):
        if given.name in ("namespace", "all-namespaces"):
            yield from _dropped(words, given)


def _joined(words: Words, tree: CommandTree) -> Iterator[Line]:
    """`pod web-1` as `pod/web-1`."""
    at = _path(words, tree)[0]
    yield [*words[:at], "/".join(words[at : at + 2]), *words[at + 2 :]]


def _lower(words: Words, tree: CommandTree) -> Iterator[Line]:
    yield [word if word.startswith("-") else word.lower() for word in words]


def _until_dashes(words: Words, tree: CommandTree) -> Iterator[Line]:
    yield words[: words.index("--")] if "--" in words else words


def _secret_less(words: Words, tree: CommandTree) -> Iterator[Line]:
    """Without the Secrets; what uses them in their place."""
    at, command = _path(words, tree)
    kinds = words[at].split(",") if at < len(words) else []
    others = [kind for kind in kinds if kind.lower().partition(".")[0] not in SECRET]
    if others and len(others) < len(kinds):
        yield [*words[:at], ",".join(others), *words[at + 1 :]]
    elif command.path == ("describe",):
        yield ["kubectl", "get", *words[at:]]
    yield ["kubectl", "describe", "pods", *_where(words, command)]


def _read_instead(words: Words, tree: CommandTree) -> Iterator[Line]:
    """What shows the object that something else was to be done with."""
    verb = next((verb for verb, others in READ_INSTEAD.items() if words[1] in others), None)
    if verb is None:
        return
    at, command = _path(words, tree)
    taken = {n for given in _given(words, command) for n in range(given.at, given.end)}
    ends = words.index("--") if "--" in words else len(words)
    what = [words[n] for n in range(at, ends) if n not in taken]
    if not what:
        return
    where = _where(words, command)
    if verb == "describe":
        name = what[0].partition(":")[0]
        yield ["kubectl", verb, *([name] if "/" in name else ["pod", name]), *where]
    else:
        yield ["kubectl", verb, *(what[:1] if "/" in what[0] else what[:2]), *where]
        yield ["kubectl", verb, what[0], *where]


def _where(words: Words, command: Command) -> Words:
    named = (given for given in _given(words, command) if given.name == "namespace")
    return next((["-n", given.value] for given in named if given.value), [])


def _path(words: Words, tree: CommandTree) -> tuple[int, Command]:
    """Where the words behind the command start, and the command."""
    command, at = tree.root, 1
    while at < len(words) and words[at] in command.children:
        path = (*command.path, command.children[words[at]])
        command, at = tree.command(path) or command, at + 1
    return at, command


def _given(words: Words, command: Command) -> Iterator[_Given]:
    """The flags among the words, also those that the command does not have."""
    at = 1
    while at < len(words) and words[at] != "--":
        word, end = words[at], at + 1
        if word.startswith("-") and len(word) > 1:
            name, _, value = word.lstrip("-").partition("=")
            if not word.startswith("--"):
                name, value = word[1], word[2:].removeprefix("=")
                flag = command.shorts.get(name)
                name = flag.name if flag else name
            else:
                flag = command.flags.get(name)
            if not value and not (flag and flag.bare) and end < len(words):
                follows = words[end]
                if flag or not (follows.startswith("-") or "/" in follows or lookup(follows)):
                    value, end = follows, end + 1
            yield _Given(at, end, name, value or None, flag)
        at = end


def _renamed(words: Words, given: _Given, name: str) -> Words:
    value = f"={given.value}" if given.value else ""
    return [*words[: given.at], f"--{name}{value}", *words[given.end :]]


def _dropped(words: Words, given: _Given) -> Iterator[Line]:
    yield [*words[: given.at], *words[given.end :]]
    if given.end - given.at > 1 and given.flag is None:
        yield [*words[: given.at], *words[given.at + 1 :]]


_BY_WORDS: dict[str, Callable[[Words, CommandTree], Iterator[Line]]] = {
    "unknown-command": _command,
    "flag-before-command": _behind,
    "unknown-flag": _unknown_flag,
    "underscore-flag": _dashes,
    "bad-value": _value,
    "out-of-bounds": _value,
    "missing-value": _any_flag_less,
    "duplicate-flag": _any_flag_less,
    "forbidden-flag": _any_flag_less,
    "flag-not-permitted": _any_flag_less,
    "flag-like-value": _any_flag_less,
    "conflicting-flags": _any_flag_less,
    "endless": _any_flag_less,
    "output-form": _any_flag_less,
    "other-namespace": _namespace_less,
    "bad-target": _joined,
    "bad-name": _lower,
    "double-dash": _until_dashes,
    "secret-read": _secret_less,
}
"""Slug -> how such a line may be mended."""
