"""Positional words of a kubectl command -> the objects it is about, and its other arguments.

`--help` gives the shape of these words only as prose, so each form is one function here. The policy
file names the form of each command it opens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tools.kubectl.rejection import refuse, repair
from tools.kubectl.resources import canonical, lookup
from tools.kubectl.shapes import DNS_LABEL, RESOURCE, check_name
from tools.kubectl.tree import Command
from tools.move import Target

MAX_TARGETS = 10
MAX_KINDS = 24
"""`get a,b,c`: the widest useful list seen has eleven kinds."""

SECRET = frozenset({"secret", "secrets"})

_ROLLOUT = ("deployments", "statefulsets", "daemonsets")
_SCALE = ("deployments", "statefulsets", "replicasets", "replicationcontrollers")
_TEMPLATED = (*_ROLLOUT, "replicasets", "replicationcontrollers", "cronjobs", "jobs", "pods")
_LOGS = (
    "pods",
    "deployments",
    "statefulsets",
    "daemonsets",
    "replicasets",
    "jobs",
    "services",
    "replicationcontrollers",
)
KINDS = {
    ("logs",): _LOGS,
    ("rollout",): _ROLLOUT,
    ("scale",): _SCALE,
    ("autoscale",): _SCALE,
    ("set", "image"): _TEMPLATED,
    ("set", "env"): _TEMPLATED,
    ("set", "resources"): _TEMPLATED,
    ("set", "serviceaccount"): _TEMPLATED,
    ("set", "selector"): ("services",),
    ("expose",): ("pods", "services", "deployments", "replicasets", "replicationcontrollers"),
    ("taint",): ("nodes",),
}
"""Built-in kinds that kubectl's own code takes, for commands that do not take every kind."""


class Positions(NamedTuple):
    """What the positional words said."""

    targets: tuple[Target, ...] = ()
    args: tuple[str, ...] = ()
    container: str | None = None
    """`logs POD CONTAINER`, the old spelling of -c."""


def resource_word(word: str) -> str:
    """A kind as written, in lower case.

    Raises Rejection: policy for Secrets, tree for other shapes than a kind's.
    """
    lowered = word.lower()
    if lowered.partition(".")[0] in SECRET:
        refuse(
            "policy",
            "secret-read",
            "Secrets are never read, whatever the spelling.",
            "look at the object that uses the Secret: `kubectl describe pod NAME`",
        )
    if not RESOURCE.fullmatch(lowered):
        repair(
            "bad-resource",
            f"`{word[:60]}` cannot be a resource kind.",
            "TYPE, TYPE NAME or TYPE/NAME",
        )
    return lowered


def target(word: str) -> Target:
    """`TYPE/NAME` as a Target. Raises Rejection."""
    kind, slash, name = word.partition("/")
    if not slash or not name:
        repair("bad-target", f"`{word[:60]}` is not TYPE/NAME.", "TYPE/NAME, such as pod/web-1")
    resource = resource_word(kind)
    return Target(resource=resource, name=check_name(name, canonical(resource)))


def _resources(words: Sequence[str], command: Command) -> Positions:
    """`TYPE[,TYPE]`, `TYPE NAME...`, `TYPE/NAME ...`."""
    if not words:
        _missing(command, "a resource kind")
    if any("/" in word for word in words):
        if len(words) > MAX_TARGETS:
            _too_many()
        return Positions(tuple(target(word) for word in words))
    kinds = [resource_word(word) for word in words[0].split(",")]
    names = words[1:]
    if len(kinds) > MAX_KINDS or len(names) > MAX_TARGETS:
        _too_many()
    if len(kinds) > 1 and names:
        repair(
            "mixed-forms",
            "Several kinds and a name do not go together.",
            " ".join(f"{kind}/{names[0]}" for kind in kinds[:3]),
        )
    if names:
        for word in names:
            resource_named_like_secret(word)
        return Positions(
            tuple(
                Target(resource=kinds[0], name=check_name(name, canonical(kinds[0])))
                for name in names
            )
        )
    return Positions(tuple(Target(resource=kind) for kind in dict.fromkeys(kinds)))


def resource_named_like_secret(word: str) -> None:
    """`get cm secret,x`: commas among names are someone's attempt at a second kind."""
    if "," in word:
        repair("bad-name", f"`{word[:60]}` cannot be an object's name.", "TYPE/NAME TYPE/NAME")


def _one(words: Sequence[str], command: Command) -> Positions:
    """Exactly one `TYPE NAME` or `TYPE/NAME`, and then the command's own arguments."""
    if not words:
        _missing(command, "TYPE/NAME")
    if "/" in words[0]:
        found, rest = target(words[0]), words[1:]
    else:
        resource = resource_word(words[0])
        if len(words) < 2 or "=" in words[1] or words[1].endswith("-"):
            _missing(command, f"the name: {resource}/NAME")
        found, rest = target(f"{resource}/{words[1]}"), words[2:]
    _check_kind(found.resource, command)
    return Positions((found,), tuple(rest))


def _single(words: Sequence[str], command: Command) -> Positions:
    """Exactly one object and nothing else."""
    positions = _one(words, command)
    if positions.args:
        only = positions.targets[0]
        refuse(
            "policy",
            "several-objects",
            "This command may name one object only.",
            f"kubectl {' '.join(command.path)} {only.resource}/{only.name}",
        )
    return positions


def _logs(words: Sequence[str], command: Command) -> Positions:
    if not words:
        return Positions()
    container = None
    if "/" in words[0]:
        found, rest = target(words[0]), list(words[1:])
        _check_kind(found.resource, command)
        if canonical(found.resource) == "pods":
            found = Target(resource="pod", name=found.name)
    else:
        rest = list(words[1:])
        if rest and (known := lookup(words[0])) and known.plural in _LOGS:
            repair(
                "bad-target",
                f"`{words[0]}` would be taken for the pod's name.",
                f"kubectl logs {known.singular}/{rest[0]}",
            )
        if words[0].lower() in SECRET:
            resource_word(words[0])
        found = Target(resource="pod", name=check_name(words[0], "pods"))
    if rest:
        container = rest.pop(0)
        if not DNS_LABEL.fullmatch(container):
            repair("bad-name", f"`{container[:60]}` cannot be a container's name.", "-c CONTAINER")
    if rest:
        repair("too-many-arguments", "logs takes one pod and one container.", command.usage)
    return Positions((found,), container=container)


def _named(kind: str, required: bool) -> Callable[[Sequence[str], Command], Positions]:
    """`[NAME]` of one fixed kind: top pod, top node, cordon, drain."""

    def read(words: Sequence[str], command: Command) -> Positions:
        if len(words) > 1:
            repair("too-many-arguments", f"This command takes one {kind}.", command.usage)
        if not words:
            if required:
                _missing(command, f"the {kind}'s name")
            return Positions((Target(resource=kind),))
        name = words[0]
        if "/" in name:
            prefix, _, name = name.partition("/")
            if canonical(resource_word(prefix)) != canonical(kind):
                repair("bad-target", f"This command takes a {kind}.", command.usage)
        return Positions((Target(resource=kind, name=check_name(name, canonical(kind))),))

    return read


def _none(words: Sequence[str], command: Command) -> Positions:
    if words:
        hint = f"kubectl {' '.join(command.path)}"
        repair("too-many-arguments", f"`{hint}` takes no arguments.", hint)
    return Positions()


def _words(least: int, most: int) -> Callable[[Sequence[str], Command], Positions]:
    """Plain arguments; policy rules look at what they say."""

    def read(words: Sequence[str], command: Command) -> Positions:
        if len(words) < least:
            _missing(command, "an argument")
        if len(words) > most:
            repair("too-many-arguments", "There are too many arguments.", command.usage)
        return Positions(args=tuple(words))

    return read


def _create(words: Sequence[str], command: Command) -> Positions:
    if not words:
        _missing(command, "the new object's name")
    kind = "service" if command.path[1] == "service" else command.path[-1]
    found = Target(resource=kind, name=check_name(words[0], canonical(kind)))
    if len(words) > 1:
        repair("too-many-arguments", "create takes one name.", command.usage)
    return Positions((found,))


FORMS: dict[str, Callable[[Sequence[str], Command], Positions]] = {
    "resources": _resources,
    "one": _single,
    "one-and-words": _one,
    "logs": _logs,
    "pod?": _named("pod", required=False),
    "node?": _named("node", required=False),
    "node": _named("node", required=True),
    "none": _none,
    "path": _words(1, 1),
    "review": _words(0, 2),
    "create": _create,
}
"""Form names of the policy file."""


def _check_kind(resource: str, command: Command) -> None:
    allowed = KINDS.get(command.path) or KINDS.get(command.path[:1])
    if allowed is None:
        return
    if canonical(resource) not in allowed:
        repair(
            "kind-not-supported",
            f"`kubectl {' '.join(command.path)}` does not work on {resource}.",
            f"one of: {', '.join(allowed)}",
        )


def _missing(command: Command, what: str) -> None:
    repair("missing-argument", f"`kubectl {' '.join(command.path)}` needs {what}.", command.usage)


def _too_many() -> None:
    refuse(
        "policy",
        "too-many-targets",
        f"More than {MAX_TARGETS} objects or {MAX_KINDS} kinds at once.",
    )
