"""The grammar of kubectl moves for one moment: reads, and the changes that an objective asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from agent.grammars.builder import Builder
from agent.grammars.inventory import Inventory
from agent.grammars.reads import READS
from agent.grammars.writes import WRITES
from model.grammar.command import Command, line_grammar
from model.grammar.expression import Sequence, possible
from model.protocol import Grammar
from tools.kubectl.policy import Policy
from tools.kubectl.tree import CommandTree

CLUSTER = frozenset({"api-resources", "api-versions", "version", "cluster-info"})
"""Verbs that READS writes as `cluster`."""


def kubectl_grammar(
    tree: CommandTree, policy: Policy, inventory: Inventory, verbs: Collection[str] = ()
) -> Grammar:
    """One kubectl line that passes parse, tree, policy and names, whatever a model makes of it.

    verbs: commands that may be used (`get`, `rollout history`, `scale`); none means every read.
    Changes are offered only when they are named in full. Raises model.grammar.lark.Impossible (a
    ValueError) when nothing at all may be said.
    """
    return line_grammar(
        Command(Sequence(("kubectl ", command.start)), command.options, command.most)
        for command in commands(tree, policy, inventory, verbs)
        if possible(command.start)
    )


def commands(
    tree: CommandTree, policy: Policy, inventory: Inventory, verbs: Collection[str] = ()
) -> list[Command]:
    """The ways of saying each command, without the program's name."""
    wanted = {tuple(verb.split()) for verb in verbs}
    build = Builder(tree, policy, inventory)
    for head, write in READS.items():
        if not wanted or _read_wanted(head[0], wanted):
            write(build)
    for path, write in WRITES.items():
        if path in wanted:
            write(build)
    return build.commands


def _read_wanted(head: str, wanted: Iterable[tuple[str, ...]]) -> bool:
    return any(
        path[0] == head or (head == "cluster" and path[0] in CLUSTER)
        for path in wanted
        if path not in WRITES
    )
