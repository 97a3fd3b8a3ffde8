"""Lookup: what a model's move is looked up by: words, and the kinds whose fields may matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.index import FactIndex
from agent.objective import Objective
from agent.ownership import Maker, Ownership
from sandbox.cluster import ClusterView
from tools.errors import ClusterError
from tools.fact import Fact
from tools.retrieval import Library

MOST_KINDS = 4
"""Kinds whose fields are looked at for one move."""
MOST_VALUES = 8
"""Facts whose values are among the words to look for."""


def makers_of(objective: Objective, facts: Sequence[Fact]) -> list[Maker]:
    """The custom resources that the objects of an objective are made of."""
    owners = Ownership(FactIndex(facts))
    return [maker for target in objective.targets for maker in owners.makers(target)]


def words(objective: Objective, facts: Sequence[Fact], makers: Sequence[Maker]) -> Iterator[str]:
    """Words to look for: the objective, what it is about, and what the newest facts say."""
    yield objective.text
    yield from (maker.object.kind for maker in makers)
    yield from (target.kind for target in objective.targets)
    for fact in list(facts)[-MOST_VALUES:]:
        yield fact.name
        if isinstance(fact.value, str):
            yield fact.value[:80]


def explain_kinds(
    library: Library, view: ClusterView | None, objective: Objective, makers: Sequence[Maker]
) -> dict[str, str]:
    """Kinds that the objective is about, with their full names; their fields are in the library now."""
    if view is None:
        return {}
    found: dict[str, str] = {}
    named = [word.strip(".,:;()'\"") for word in objective.text.split()]
    targets = (target.kind for target in objective.targets)
    for word in dict.fromkeys((*(maker.resource for maker in makers), *targets, *named)):
        kind = view.resolve(word) if len(word) > 2 else None
        if kind is None or kind.kind in found or len(found) == MOST_KINDS:
            continue
        try:
            _add_fields(library, view, kind.api_version)
        except ClusterError:
            continue
        found[kind.kind] = kind.full_name
    return found


def _add_fields(library: Library, view: ClusterView, api_version: str) -> None:
    """The schemas are asked for only when their hash is not one the library knows."""
    stamp = view.schema_stamp(api_version)
    library.add_fields(
        view.version, api_version, stamp, lambda: view.schemas(api_version).components
    )
