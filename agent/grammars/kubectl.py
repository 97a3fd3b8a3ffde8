"""kubectl moves of one moment: reads, and the changes that an objective asks for."""

from __future__ import annotations

from collections.abc import Collection

from agent.grammars.builder import Builder
from agent.grammars.inventory import Inventory
from agent.grammars.reads import READS
from agent.grammars.writes import WRITES
from model.grammar.command import Command
from model.grammar.expression import Sequence, possible
from tools.kubectl.policy import Policy
from tools.kubectl.tree import CommandTree


def kubectl_lines(
    tree: CommandTree, policy: Policy, inventory: Inventory, verbs: Collection[str] = ()
) -> list[Command]:
    """Kubectl lines that pass parse, tree, policy and names, whatever a model makes of them.

    verbs: commands that may be used (`get`, `rollout history`, `scale`), `rollout` for all that look at
    one; none means every read. Changes are offered only when they are named in full.
    """
    wanted = {tuple(verb.split()) for verb in verbs if verb.strip()}
    heads = {path[0] for path in wanted}
    build = Builder(tree, policy, inventory, wanted)
    for head, write in READS.items():
        if not wanted or head in heads:
            write(build)
    for path, write in WRITES.items():
        if path in wanted:
            write(build)
    return [
        Command(Sequence(("kubectl ", command.start)), command.options, command.most)
        for command in build.commands
        if possible(command.start)
    ]
