"""FactList: how distillers state facts, so that ids, units and quotes come out the same everywhere."""

from __future__ import annotations

from pydantic import JsonValue

from tools.fact import Evidence, Fact
from tools.objects import ObjectRef
from tools.registry import fact_kinds

QUOTE_LENGTH = 240
"""Characters of a quote kept in evidence; the artefact has the whole line."""


class FactList:
    """Facts read from one move's output, in reading order."""

    def __init__(self, move_id: str) -> None:
        self._move = move_id
        self.facts: list[Fact] = []

    def add(
        self,
        subject: ObjectRef,
        name: str,
        value: JsonValue,
        *,
        lines: tuple[int, int] | None = None,
        path: str | None = None,
        quote: str = "",
    ) -> Fact:
        """State one fact. Raises KeyError when `name` is not in the registry."""
        text = " ".join(quote.split())[:QUOTE_LENGTH]
        fact = Fact(
            id=f"{self._move}.{len(self.facts) + 1}",
            subject=subject,
            name=name,
            value=value,
            unit=fact_kinds()[name].unit,
            evidence=[Evidence(move=self._move, lines=lines, path=path, quote=text)],
        )
        self.facts.append(fact)
        return fact
