"""Builder: what the grammars of reads and of changes share: names, namespaces and option tails."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from agent.grammars.flags import command_flags, made
from agent.grammars.inventory import Inventory
from agent.grammars.values import Place
from model.grammar.command import Command, Options
from model.grammar.expression import Choice, Expression, Sequence, Words, possible
from sandbox.discovery import ResourceKind
from tools.kubectl.command import FLAG_ORDER
from tools.kubectl.policy import Policy
from tools.kubectl.resources import lookup
from tools.kubectl.tree import CommandTree, Flag, Path_
from tools.kubectl.values import SUBRESOURCES

FIRST = frozenset(FLAG_ORDER)
"""Flags whose values depend on the kind; they stand before those that do not, so that tails are shared."""
LOCAL = frozenset({"for", "subresource", "containers"})
"""Flags further back that depend on kind or namespace."""


class Builder:
    """Collects the commands of one grammar."""

    def __init__(
        self,
        tree: CommandTree,
        policy: Policy,
        inventory: Inventory,
        wanted: Collection[Path_] = (),
    ) -> None:
        """wanted: commands, or the first words of some, that may be said; none means all."""
        self._wanted = wanted
        self.tree = tree
        self.policy = policy
        self.inventory = inventory
        self.commands: list[Command] = []
        self._flags: dict[Path_, list[Flag] | None] = {}
        self._tails: dict[tuple[object, ...], Options | None] = {}
        self._words: dict[tuple[str, str | None], Words] = {}

    def place(
        self,
        path: Path_,
        kind: ResourceKind | None = None,
        namespace: str | None = None,
        *,
        named: bool = False,
        containers: tuple[str, ...] = (),
    ) -> Place:
        """Where a flag of this command stands."""
        return Place(path, self.inventory, self.policy.limits, kind, namespace, named, containers)

    def say(
        self,
        place: Place,
        start: Expression,
        *,
        required: Iterable[str] = (),
        without: Iterable[str] = (),
        only: Iterable[str] | None = None,
        most: int = 3,
    ) -> None:
        """One way of saying a command; nothing when it is not wanted, or tree or policy do not have it."""
        path = place.path
        if self._wanted and not any(path[: len(wanted)] == wanted for wanted in self._wanted):
            return
        flags = self.flags(path)
        if flags is None or not possible(start):
            return
        needed, left_out = frozenset(required), frozenset(without)
        if not needed <= {flag.name for flag in flags}:
            return
        if only is not None:
            left_out |= {flag.name for flag in flags} - frozenset(only) - needed
        tail = self._tail(place, flags, needed, left_out)
        front = [flag for flag in flags if flag.name in FIRST]
        found = made(front, place, required=needed, without=left_out, tail=tail)
        self.commands.append(Command(start, found, most))

    def _tail(
        self, place: Place, flags: list[Flag], needed: frozenset[str], left_out: frozenset[str]
    ) -> Options | None:
        """Options that depend on the command alone, or on the few things in the key."""
        behind = [flag for flag in flags if flag.name not in FIRST]
        key: tuple[object, ...] = (place.path, place.named, needed, left_out)
        if any(flag.name in LOCAL and flag.name not in left_out for flag in behind):
            kind = place.kind
            subresources = frozenset(kind.subresources & SUBRESOURCES) if kind else None
            per_kind = kind.full_name if kind and place.path == ("wait",) else None
            key += (subresources, per_kind, place.namespace, place.containers)
        if key not in self._tails:
            self._tails[key] = made(behind, place, required=needed, without=left_out)
        return self._tails[key]

    def flags(self, path: Path_) -> list[Flag] | None:
        """Open flags of a command in canonical order; None when it is not there."""
        if path not in self._flags:
            found = command_flags(self.tree, self.policy, path)
            self._flags[path] = found[1] if found is not None else None
        return self._flags[path]

    def names(self, kind: ResourceKind, namespace: str | None) -> Words:
        """Object names of a kind in a namespace."""
        key = (kind.full_name, namespace)
        if key not in self._words:
            self._words[key] = Words(self.inventory.names.get(key, ()))
        return self._words[key]

    def spelt(self, kind: ResourceKind) -> tuple[str, str]:
        """The word for a list of the kind, and that for one object."""
        return self.inventory.spelling[kind.full_name]

    def kinds(self, *plurals: str) -> list[ResourceKind]:
        """The built-in kinds of these names that the cluster has."""
        found = (self.inventory.kind(plural) for plural in plurals)
        return [kind for kind in found if kind is not None]

    def named(
        self, before: str, kind: ResourceKind, after: str = "", verb: str = "get"
    ) -> Expression:
        """`BEFORE NAME AFTER -n NAMESPACE` for every object of a kind that may be read."""
        if not kind.namespaced:
            if not self.inventory.may(verb, kind, None):
                return Choice(())
            where = self.inventory.namespaces[:1] if not outside(kind) else ()
            ending = f" -n {where[0]}" if where else ""
            return Sequence((before, self.names(kind, None), after + ending))
        return Choice(
            tuple(
                Sequence((before, self.names(kind, name), f"{after} -n {name}"))
                for name in self.inventory.namespaces
                if self.inventory.may(verb, kind, name)
            )
        )

    def where(self, kind: ResourceKind | None = None) -> Expression:
        """` -n NAMESPACE`, or ` -A` where the scope is everything."""
        names = Words(
            tuple(
                name
                for name in self.inventory.namespaces
                if kind is None or self.inventory.may("list", kind, name)
            )
        )
        inside = Sequence((" -n ", names))
        return Choice((inside, " -A")) if self.inventory.everywhere else inside


def outside(kind: ResourceKind) -> bool:
    """Outside namespaces, and known to be so without a cluster; the policy wants -n with all others."""
    known = lookup(kind.full_name)
    return not kind.namespaced and known is not None and not known.namespaced
