"""Judgement: causes held against the facts. Deterministic; the only place where a cause is confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from agent.incident import Incident
from agent.objective import Hypothesis
from agent.playbook import Catalogue, Cause
from agent.views import View
from sandbox.cel import evaluate
from tools.fact import Fact
from tools.registry import fact_kinds

RIVAL_DISCOUNT = 0.85
"""Factor on the confidence for every rival that has support and is not excluded."""
FACT_PATH = re.compile(r"\bit((?:\.[a-z_]+)+)")


class Judged(NamedTuple):
    """One cause on one view."""

    cause: Cause
    view: View
    met: tuple[bool, ...]
    """Per confirm expression."""
    excluded: tuple[str, ...]
    """Reasons (because) of the exclusions that are true."""
    facts_for: tuple[str, ...]
    """Ids of the facts that the true confirm expressions read."""
    facts_against: tuple[str, ...]
    """Ids of the facts that the true exclusions read."""

    @property
    def confirmed(self) -> bool:
        """Every confirming fact is present, and nothing excludes the cause."""
        return all(self.met) and not self.excluded and bool(self.facts_for)

    @property
    def unheard(self) -> bool:
        """An exclusion asks what the log says, and no log of the container was read."""
        names = [name for item in self.cause.exclude for name in facts_named(item.when)]
        asked = any(name.startswith("log.") for name in names)
        return asked and not any(name.startswith("log.") for name in self.view.facts)

    @property
    def share(self) -> float:
        """Share of the confirming expressions that are true; 0 when excluded."""
        return 0.0 if self.excluded else sum(self.met) / len(self.met)


def judge(cause: Cause, view: View, incident: Mapping[str, Any]) -> Judged:
    """Hold one cause against one view."""
    asked = [*cause.confirm, *(item.when for item in cause.exclude)]
    facts = view.everything if any("facts[" in text for text in asked) else {}
    data = {"it": view.data, "facts": facts, "incident": incident}
    met = tuple(evaluate(expression, data) is True for expression in cause.confirm)
    hits = [item for item in cause.exclude if evaluate(item.when, data) is True]
    used = [text for text, true in zip(cause.confirm, met, strict=True) if true]
    return Judged(
        cause=cause,
        view=view,
        met=met,
        excluded=tuple(item.because for item in hits),
        facts_for=facts_read(used, view),
        facts_against=facts_read([item.when for item in hits], view),
    )


def judge_view(catalogue: Catalogue, view: View, incident: Incident) -> list[Judged]:
    """Every cause that applies to a view, best first: confirmed, then by share, then as listed."""
    about = incident_data(incident)
    judged = [judge(cause, view, about) for _, cause in catalogue.causes() if applies(cause, view)]
    return sorted(judged, key=lambda item: (not item.confirmed, -item.share))


def applies(cause: Cause, view: View) -> bool:
    """Whether the cause can explain this kind of candidate and symptom."""
    scope = cause.applies_to
    return view.object.kind in scope.kinds and (
        not scope.symptoms or view.symptom in scope.symptoms
    )


def confidence(best: Judged, rivals: Iterable[Judged]) -> float:
    """Share of the confirming facts present, lowered by every rival that has support and no exclusion.

    An exclusion that could not be asked, as the log was not read, counts as one more open rival.
    """
    open_rivals = [
        rival
        for rival in rivals
        if rival.cause.id != best.cause.id and rival.share > 0.5 and not rival.confirmed
    ]
    return round(best.share * RIVAL_DISCOUNT ** (len(open_rivals) + best.unheard), 2)


def hypotheses(judged: Sequence[Judged], limit: int = 5) -> list[Hypothesis]:
    """The ranked hypotheses, as the planner shows them."""
    return [
        Hypothesis(
            cause=item.cause.id,
            object=item.view.object,
            belief=round(item.share, 2),
            confirmed=item.confirmed,
            facts_for=list(item.facts_for),
            facts_against=list(item.facts_against),
        )
        for item in judged
        if item.share > 0 or item.excluded
    ][:limit]


def incident_data(incident: Incident) -> dict[str, Any]:
    """What CEL sees as `incident`."""
    labels = incident.alerts[0].labels if incident.alerts else {}
    return {
        "trigger": incident.trigger,
        "alerts": [alert.name for alert in incident.alerts],
        "labels": dict(labels),
        "question": incident.question or "",
    }


@cache
def facts_named(expression: str) -> tuple[str, ...]:
    """Registry names that a CEL expression or a template reads from `it`."""
    names: list[str] = []
    for match in FACT_PATH.finditer(expression):
        parts = match.group(1).lstrip(".").split(".")
        for end in range(len(parts), 0, -1):
            name = ".".join(parts[:end])
            if name in fact_kinds():
                names.append(name)
                break
    return tuple(dict.fromkeys(names))


def facts_read(expressions: Iterable[str], view: View) -> tuple[str, ...]:
    """Ids of the view's facts that CEL expressions or templates name."""
    found: list[Fact] = []
    for expression in expressions:
        for name in facts_named(expression):
            found += view.chosen(name)
    return tuple(dict.fromkeys(fact.id for fact in found))
