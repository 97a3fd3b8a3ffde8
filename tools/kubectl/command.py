"""kubectl commands as typed Moves.

Read from words, written as text, and built as argv for execution.

The argv that runs is made here from the Move's fields, and from nothing else but constants and the
policy's limits.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from tools.kubectl import argv, rules, values
from tools.kubectl.policy import EVERYWHERE, Limits, Policy, PolicyScope, cluster_only
from tools.kubectl.rejection import refuse
from tools.kubectl.resources import canonical, lookup
from tools.kubectl.targets import FORMS
from tools.kubectl.tree import Command, CommandTree
from tools.move import Move, Target

SHORT_SPELLINGS = {
    "output": "-o",
    "selector": "-l",
    "container": "-c",
    "label-columns": "-L",
    "patch": "-p",
}
"""Flags that people write in their short form; the others are written `--name=value`."""

LONG_ONLY = frozenset({("explain",)})
"""Commands whose `--output` has no short form."""

FLAG_ORDER = ("container", "selector", "field-selector", "output")
"""These first, then the rest by name, so that equal moves read alike."""

FIXED_KIND = frozenset({("top", "pod"), ("top", "node"), ("cordon",), ("uncordon",), ("drain",)})
"""Commands whose positional word is a bare name."""


def read(
    words: Sequence[str], tree: CommandTree, policy: Policy, scope: PolicyScope = EVERYWHERE
) -> Move:
    """The typed Move that the words after `kubectl` mean, without id.

    Raises Rejection (parse, tree, policy).
    """
    parsed = argv.parse(words, tree, policy)
    command = parsed.command
    opening = policy.opening(command.path)
    flags = _flags(parsed.flags, command, opening.flags, policy)
    positions = FORMS[opening.form](parsed.positionals, command)
    if positions.container is not None:
        if "container" in flags:
            refuse("parse", "duplicate-flag", "The container is named twice.")
        flags["container"] = positions.container
    namespace = flags.pop("namespace", None)
    move = Move(
        kind="kubectl",
        command=command.path,
        targets=positions.targets,
        args=positions.args,
        all_namespaces=bool(flags.pop("all-namespaces", False)),
        namespace=str(namespace) if namespace is not None else None,
        flags=flags,
        text="",
    )
    policy.screen_kinds(move)
    rules.check(move, policy)
    move = policy.place(move, scope)
    return move.model_copy(
        update={"text": canonical_text(move), "repeat_key": _repeat_key(move, policy.limits)}
    )


def canonical_text(move: Move) -> str:
    """The one way this move is written, quoted so that it can be pasted into a shell."""
    return shlex.join(("kubectl", *canonical_words(move)))


def canonical_words(move: Move) -> list[str]:
    """The words of `canonical_text` after the program, unquoted."""
    built = [*move.command, *_positional_words(move), *move.args]
    if move.namespace is not None:
        built += ["-n", move.namespace]
    if move.all_namespaces:
        built.append("-A")
    for name in sorted(move.flags, key=_flag_rank):
        value = move.flags[name]
        if isinstance(value, bool):
            built.append(f"--{name}" if value else f"--{name}=false")
            continue
        text = ",".join(value) if isinstance(value, list) else value
        short = None if move.command in LONG_ONLY else SHORT_SPELLINGS.get(name)
        built += [short, text] if short else [f"--{name}={text}"]
    return built


def build_argv(move: Move, limits: Limits | None = None) -> list[str]:
    """The argv after the program's name.

    The move's own fields and the flags that only code sets.

    Every flag is attached to its value (`--name=value`), so no value can be read as a flag. Raises
    ValueError for a move of another kind.
    """
    if move.kind != "kubectl":
        raise ValueError(f"not a kubectl move: {move.kind}")
    bounds = limits or Policy.load().limits
    built = [*move.command, *_positional_words(move), *move.args]
    if move.namespace is not None:
        built.append(f"--namespace={move.namespace}")
    if move.all_namespaces:
        built.append("--all-namespaces=true")
    flags = {**_code_flags(move, bounds), **move.flags}
    for name in sorted(flags, key=_flag_rank):
        value = flags[name]
        if isinstance(value, bool):
            text = "true" if value else "false"
        else:
            text = ",".join(value) if isinstance(value, list) else value
        built.append(f"--{name}={text}")
    if move.command != ("version",) or not move.flags.get("client"):
        built.append(f"--request-timeout={bounds.request_timeout_s}s")
    return built


def _code_flags(move: Move, limits: Limits) -> dict[str, str | bool | list[str]]:
    """Bounds that every move of a command gets; what the move gives is within them and wins."""
    if move.command == ("get",):
        return {"chunk-size": str(limits.chunk_size)}
    if move.command == ("logs",):
        return {
            "tail": str(limits.default_tail),
            "limit-bytes": str(limits.limit_bytes),
            "pod-running-timeout": f"{limits.pod_running_timeout_s}s",
        }
    if move.command in (("rollout", "status"), ("wait",)):
        return {"timeout": f"{limits.timeout_s}s"}
    return {}


def _positional_words(move: Move) -> list[str]:
    targets = move.targets
    if not targets:
        return []
    first = targets[0]
    if move.command in FIXED_KIND or move.command[0] == "create":
        return [first.name] if first.name else []
    if move.command == ("logs",) and first.resource == "pod" and first.name:
        return [first.name]
    if len(targets) == 1 and first.name and "one" not in _form(move):
        return [first.resource, first.name]
    if first.name:
        return [f"{target.resource}/{target.name}" for target in targets]
    return [",".join(target.resource for target in targets)]


def _form(move: Move) -> str:
    return "one" if move.command[0] in _SLASHED else "resources"


_SLASHED = frozenset(
    {"rollout", "logs", "scale", "autoscale", "set", "label", "annotate", "patch", "expose"}
)
"""Commands usually written with TYPE/NAME; the others read better as TYPE NAME."""


def _flag_rank(name: str) -> tuple[int, str]:
    return (FLAG_ORDER.index(name) if name in FLAG_ORDER else len(FLAG_ORDER), name)


def _flags(
    raw: dict[str, str | bool], command: Command, allowed: frozenset[str], policy: Policy
) -> dict[str, str | bool | list[str]]:
    """Flags that the policy opens, in canonical spelling."""
    found: dict[str, str | bool | list[str]] = {}
    for name, value in raw.items():
        flag = command.flags[name]
        if name in policy.endless_flags:
            if value is True:
                refuse(
                    "policy",
                    "endless",
                    f"--{name} never ends or waits for a person.",
                    f"leave --{name} out",
                    risk="interactive",
                )
        elif name not in allowed:
            refuse(
                "policy",
                "flag-not-permitted",
                f"--{name} is not open to moves of `kubectl {' '.join(command.path)}`.",
                f"leave --{name} out",
            )
        if isinstance(value, bool):
            # kubectl asks of some flags whether they were given (api-resources --namespaced=true),
            # so only a false that is the default says nothing
            if value or flag.default == "true":
                found[name] = value
        else:
            found[name] = values.check(flag, value, command.path, policy.limits)
    return found


def _repeat_key(move: Move, limits: Limits) -> str:
    """What would run, with one spelling per kind.

    Equal keys mean equal answers, but for the time between.
    """
    targets = tuple(
        sorted(
            {Target(resource=canonical(t.resource), name=t.name) for t in move.targets},
            key=lambda t: (t.resource, t.name or ""),
        )
    )
    if move.command == ("logs",):
        targets = tuple(Target(resource=_singular(t.resource), name=t.name) for t in targets)
    namespace = None if cluster_only(move) else move.namespace
    plain = move.model_copy(update={"targets": targets, "namespace": namespace})
    return " ".join(build_argv(plain, limits))


def _singular(resource: str) -> str:
    known = lookup(resource)
    return known.singular if known else resource
