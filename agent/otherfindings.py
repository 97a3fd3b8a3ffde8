"""Other findings: what is broken besides the thing that a run has explained."""

from __future__ import annotations

from agent.case import Case
from agent.context import render, view_context
from agent.judgement import judge_view
from agent.makers import beside
from agent.playbook import Catalogue
from agent.ranking import Ranked, blames
from agent.reportparts import Finding
from agent.views import View
from tools.objects import ObjectRef

MAX_FINDINGS = 20
"""More would bury the cause; what custom resources say of the explained object is not counted."""


def other_findings(
    case: Case,
    ranked: Ranked,
    catalogue: Catalogue,
    ref: ObjectRef | None,
    explained: View | None,
) -> list[Finding]:
    """Everything else that is broken, without what only follows from the explained view.

    What the custom resources above `ref` say comes first.
    """
    index = case.derivation.index
    found: dict[ObjectRef, Finding] = {}
    for view in [*ranked.related, *ranked.others]:
        if view.object in found:
            continue
        if explained is not None and (
            view.object in explained.layers or blames(view, explained, case.derivation)
        ):
            continue
        fact = index.fact(view.object, "workload.broken")
        judged = judge_view(catalogue, view, case.incident)
        if judged and judged[0].confirmed:
            summary = render(judged[0].cause.summary, view_context(view, case.derivation))
        else:
            summary = f"{view.object} is broken ({view.symptom}), not explained in this run."
        found[view.object] = Finding(
            object=view.object,
            symptom=view.symptom,
            summary=summary,
            evidence=[fact.id] if fact else [],
        )
    return [*beside(case, ref), *list(found.values())[:MAX_FINDINGS]]
