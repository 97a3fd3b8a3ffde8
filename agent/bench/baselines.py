"""Baselines: what the same table shows for contestants that do not reason.

Each answers from less than the agent has: nothing at all, names without evidence, or the alert's
labels with the answers of the development seeds at hand.
"""

from __future__ import annotations

from agent.bench.cases import Case
from agent.bench.contestant import Answer, Contestant, OnEvent
from agent.bench.lookup import AlertLookup
from agent.bench.randommoves import RandomMoves
from agent.settings import Settings
from sandbox.instance import ScenarioInstance


class Null:
    """Says honestly that it does not know; right where nothing else can be said."""

    name = "null"

    def answer(self, case: Case, instance: ScenarioInstance, on_event: OnEvent) -> Answer:
        """See Contestant."""
        return Answer("inconclusive")


BASELINES = (Null.name, RandomMoves.name, AlertLookup.name)
"""Their names, in the order of the table."""


def baselines(settings: Settings) -> list[Contestant]:
    """All of them."""
    return [Null(), RandomMoves(settings), AlertLookup()]
