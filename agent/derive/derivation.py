"""Derivation: how derived facts are made, so that each names what it was computed from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from agent.index import FactIndex
from agent.ownership import Ownership
from tools.fact import Evidence, Fact
from tools.objects import ObjectRef
from tools.registry import fact_kinds

MAX_EVIDENCE = 8
"""Evidence entries copied into a derived fact; derived_from has all fact ids."""


class Derivation:
    """The facts known so far plus those derived until now."""

    def __init__(self, index: FactIndex) -> None:
        self.index = index
        self.owners = Ownership(index)

    def state(
        self, subject: ObjectRef, name: str, value: Any, sources: Sequence[Fact | None]
    ) -> Fact:
        """Derive one fact from its sources (None entries are skipped) and index it.

        The id is a hash of what it says, so that the same statement keeps its id while a run goes on.
        """
        known = [source for source in sources if source is not None]
        content = json.dumps([str(subject), name, value], sort_keys=True)
        evidence: list[Evidence] = []
        for source in known:
            evidence += [entry for entry in source.evidence if entry not in evidence]
        fact = Fact(
            id=f"d-{hashlib.sha256(content.encode()).hexdigest()[:8]}",
            subject=subject,
            name=name,
            value=value,
            unit=fact_kinds()[name].unit,
            derived_from=list(dict.fromkeys(source.id for source in known)),
            evidence=evidence[:MAX_EVIDENCE],
        )
        self.index.add(fact)
        return fact
