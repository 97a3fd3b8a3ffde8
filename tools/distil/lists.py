"""Lists: which kinds a move listed completely, so that absence from the list means absence."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.facts import FactList
from tools.distil.kinds import ALL, kind_of, namespaced, plural_of
from tools.move import Move
from tools.objects import ObjectRef
from tools.output import Output

_FILTERS = ("selector", "field-selector", "l")
_NO_LIST = "Event"
"""Events are no objects that anything refers to, and their names say nothing."""


def listed_kinds(move: Move) -> tuple[str, ...]:
    """Kinds that the move asks a complete list of; empty when it filters or names objects."""
    if any(move.flags.get(flag) for flag in _FILTERS):
        return ()
    kinds: list[str] = []
    for target in move.targets:
        if target.name is not None:
            return ()
        for resource in target.resource.split(","):
            if resource.lower() == "all":
                kinds += ALL
            elif (kind := kind_of(resource)) is not None:
                kinds.append(kind)
    return tuple(kind for kind in dict.fromkeys(kinds) if kind != _NO_LIST)


class Listed:
    """Collects the names of one move's lists, then states `list.names` for each complete one."""

    def __init__(self, move: Move, output: Output) -> None:
        kinds = listed_kinds(move)
        if output.exit_code != 0:
            # One of several kinds may be forbidden; without kubectl naming it, none is sure.
            denied = _denied(output.stderr)
            kinds = tuple(k for k in kinds if denied and plural_of(k) not in denied)
        whole = not (output.truncated or output.timed_out)
        self._names: dict[str, dict[str | None, list[str]]] = (
            {kind: {} for kind in kinds} if whole else {}
        )
        self._namespace = move.namespace
        self._everywhere = move.all_namespaces

    def complete(self, kind: str) -> bool:
        """Whether the move listed all objects of this kind."""
        return kind in self._names

    def saw(self, ref: ObjectRef) -> None:
        """Take in one listed object."""
        if ref.kind in self._names and ref.name:
            spaces = self._names[ref.kind]
            space = ref.namespace if namespaced(ref.kind) else None
            spaces.setdefault(
                space or (self._namespace if namespaced(ref.kind) else None), []
            ).append(ref.name)

    def state(self, facts: FactList, path: str = "items") -> None:
        """State the names per kind and namespace, also where there are none."""
        seen = {space for spaces in self._names.values() for space in spaces if space}
        for kind, spaces in self._names.items():
            for space in self._spaces(kind, seen):
                names: list[JsonValue] = [*sorted(spaces.get(space, []))]
                ref = ObjectRef(kind=kind, namespace=space, name="*")
                quote = f"{len(names)} {plural_of(kind)}: {', '.join(map(str, names[:20]))}"
                facts.add(ref, "list.names", names, path=path, quote=quote.rstrip(": "))

    def _spaces(self, kind: str, seen: set[str]) -> list[str | None]:
        """Namespaces whose list is complete: the asked one, or with -A all that appeared."""
        if not namespaced(kind):
            return [None]
        if self._everywhere:
            return [*sorted(seen)]
        if self._namespace is not None:
            return [self._namespace]
        # Without -n the context's namespace was listed; only the objects can tell its name.
        return [*sorted(seen)] if len(seen) == 1 else []


def _denied(stderr: str) -> set[str]:
    """Resources that a Forbidden error names, when every error is of that kind."""
    errors = [line for line in stderr.splitlines() if line.lower().startswith("error")]
    found = [re.search(r"\(Forbidden\): ([a-z0-9-]+)", line) for line in errors]
    return {match.group(1) for match in found if match} if all(found) else set()
