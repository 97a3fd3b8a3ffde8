"""Vocabulary: the grammar of what a model may say at one moment of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from agent.case import Intake
from agent.executors.handles import numbered
from agent.grammars.inventory import gather
from agent.grammars.kubectl import kubectl_grammar
from agent.index import FactIndex
from agent.objective import Objective
from agent.target import Target
from model.protocol import Grammar
from tools.errors import MagosError
from tools.fact import Fact


class Sayable(NamedTuple):
    """A grammar, or why there is none."""

    grammar: Grammar | None
    why_not: str = ""


class Vocabulary(Protocol):
    """Makes grammars for one run."""

    def at(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        intake: Intake,
        handles: Sequence[str] | None,
    ) -> Sayable:
        """What may be said now; `handles` when the prompt numbers its objects."""
        ...


class LiveVocabulary:
    """From the live names of the run's cluster, the installed kubectl and the policy."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def at(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        intake: Intake,
        handles: Sequence[str] | None,
    ) -> Sayable:
        """See Vocabulary. Never raises: without a grammar the gate still judges every move."""
        target = self._target
        scope = intake.incident.scope
        try:
            inventory = gather(
                target.view,
                target.scope(intake),
                FactIndex(facts),
                asked=scope.objects,
                focus={ref.namespace for ref in objective.targets if ref.namespace},
                resources=[ref.kind.lower() for ref in objective.targets],
            )
            if handles is not None:
                inventory = numbered(inventory, handles)
            ladder = target.ladder
            return Sayable(
                kubectl_grammar(ladder.kubectl, ladder.policy, inventory, objective.verbs)
            )
        except MagosError as error:
            return Sayable(None, f"names cannot be listed: {error.message}")
        except ValueError as error:  # model.grammar.lark.Impossible: nothing fits the objective
            return Sayable(None, str(error))
