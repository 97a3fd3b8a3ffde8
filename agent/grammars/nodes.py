"""Changes of nodes, which two people approve."""

from __future__ import annotations

from collections.abc import Callable

from agent.grammars.builder import Builder
from agent.grammars.places import metadata_key
from agent.grammars.values import LABEL
from agent.grammars.words import words
from model.grammar.expression import Choice, Sequence
from tools.kubectl.changes import EFFECTS
from tools.kubectl.tree import Path_


def schedulable(verb: str) -> Callable[[Builder], None]:
    """cordon, uncordon and drain one node."""

    def write(build: Builder) -> None:
        for kind in build.kinds("nodes"):
            start = Sequence((f"{verb} ", build.names(kind, None)))
            build.say(build.place((verb,), named=True), start)

    return write


def taint(build: Builder) -> None:
    """Put a taint on one node, or take it away."""
    key, effect = metadata_key(build), words(EFFECTS)
    put, taken = Sequence(("=", LABEL, ":", effect)), Sequence((":", effect, "-"))
    change = Sequence((key, Choice((put, taken))))
    for kind in build.kinds("nodes"):
        line = Sequence((f"taint {build.spelt(kind)[1]} ", build.names(kind, None), " ", change))
        build.say(build.place(("taint",), named=True), line, only=("overwrite",))


NODE_WRITES: dict[Path_, Callable[[Builder], None]] = {
    ("cordon",): schedulable("cordon"),
    ("uncordon",): schedulable("uncordon"),
    ("drain",): schedulable("drain"),
    ("taint",): taint,
}
"""Command -> what writes its grammar."""
