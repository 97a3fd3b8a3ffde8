"""Conclude: a planner's conclusion held against the facts again. A cause needs its confirming facts."""

from __future__ import annotations

from agent.case import Case
from agent.context import render, view_context
from agent.judgement import Judged, confidence, facts_read, judge_view
from agent.nextsteps import NOT_YET_SEEN, TRY_IT, about_changes, to_tell_apart, usual_reads
from agent.objective import Conclusion
from agent.otherfindings import other_findings
from agent.outcome import Outcome
from agent.playbook import Catalogue
from agent.ranking import Ranked, follows, rank
from agent.remedies import UNSTARTED, back, goes_back, is_back, remedy_for
from agent.reportparts import Remedy, RootCause, RuledOut
from agent.views import View
from tools.objects import ObjectRef

RIVAL_SUPPORT = 0.5
"""Share of a rival's conditions that must hold for its exclusion to be worth a line."""
NO_PLAN = "mend what it changed."
"""The way forward where the playbook has none: only going back is a fix."""
UNMEASURED = "Metrics (latency, rates of errors) were not looked at."
"""Said where nothing is broken, but the question or alert may be about what only metrics show."""
MAX_RULED_OUT = 6
"""More would bury the cause."""


def conclude(case: Case, claim: Conclusion, catalogue: Catalogue) -> Outcome:
    """Check a claim; one that its facts do not support becomes inconclusive, with the ranked rest."""
    ranked = rank(case, catalogue)
    judged = [(view, judge_view(catalogue, view, case.incident)) for view in ranked.related]
    if claim.verdict == "root_cause":
        found = _confirmed(judged, claim)
        if found is not None:
            return _root_cause(case, claim, ranked, catalogue, *found)
        claim = Conclusion(
            verdict="inconclusive",
            object=claim.object,
            stop_reason=claim.stop_reason,
            note=f"The facts do not confirm {claim.cause}.",
        )
    if claim.verdict == "inconclusive" and claim.stop_reason != "concluded":
        # A budget ran out: what is already proven is not thrown away.
        open_views: list[View] = []
        for view, causes in judged:
            symptom_only = follows(view, open_views, case.derivation)
            if causes and causes[0].confirmed and not symptom_only:
                return _root_cause(case, claim, ranked, catalogue, causes[0], causes)
            open_views.append(view)
    return _without_cause(case, claim, ranked, catalogue, judged)


def _confirmed(
    judged: list[tuple[View, list[Judged]]], claim: Conclusion
) -> tuple[Judged, list[Judged]] | None:
    for view, causes in judged:
        if claim.object is not None and view.object != claim.object:
            continue
        for item in causes:
            if item.cause.id == claim.cause and item.confirmed:
                return item, causes
    return None


def _root_cause(
    case: Case,
    claim: Conclusion,
    ranked: Ranked,
    catalogue: Catalogue,
    best: Judged,
    causes: list[Judged],
) -> Outcome:
    context = view_context(best.view, case.derivation)
    cause = _as_root_cause(case, best, causes)
    contributing = [
        _as_root_cause(case, judged[0], judged)
        for view in ranked.related
        if view.object == best.view.object and view != best.view
        for judged in [judge_view(catalogue, view, case.incident)]
        if judged and judged[0].confirmed and judged[0].cause.id != best.cause.id
    ]
    steps = [text for step in best.cause.next_steps if (text := render(step, context))]
    remedy = remedy_for(best.cause.remedy, context)
    change = case.derivation.index.mapping(best.view.object, "change.introduced")
    if remedy is None and best.cause.introduced_by:
        remedy = Remedy(summary=NO_PLAN)
    if remedy is not None and goes_back(remedy, change, best.view, best.cause):
        others = [move.text for move in remedy.moves if move.manifest is None]
        remedy = back(remedy, change, best.view, best.cause)
        steps += [f"Or instead of going back: {text}" for text in others if " <" not in text]
    elif remedy is not None and remedy.summary == NO_PLAN:
        remedy = None
    steps += about_changes(case, best.view.object, remedy)
    if best.view.symptom in UNSTARTED and not is_back(remedy):
        steps.append(NOT_YET_SEEN)
    return Outcome(
        verdict="root_cause",
        summary=cause.summary,
        object=best.view.object,
        root_cause=cause,
        contributing=contributing,
        ruled_out=_ruled_out(case, causes),
        other_findings=other_findings(case, ranked, catalogue, best.view.object, best.view),
        next_steps=steps or ([TRY_IT] if remedy is not None else []),
        remedy=remedy,
        stop_reason=claim.stop_reason,
    )


def _as_root_cause(case: Case, item: Judged, rivals: list[Judged]) -> RootCause:
    context = view_context(item.view, case.derivation)
    # What the summary says is evidence too: the near miss it names, the change that brought it.
    said = facts_read([item.cause.summary], item.view)
    return RootCause(
        id=item.cause.id,
        family=item.cause.id.split(".")[0],
        summary=render(item.cause.summary, context),
        object=item.view.object,
        confidence=confidence(item, rivals),
        evidence=list(dict.fromkeys([*item.facts_for, *said])),
    )


def _ruled_out(case: Case, causes: list[Judged]) -> list[RuledOut]:
    found = []
    for item in causes:
        supported = sum(item.met) / len(item.met) >= RIVAL_SUPPORT
        if item.excluded and supported and item.facts_against:
            context = view_context(item.view, case.derivation)
            why = render(item.excluded[0], context)
            found.append(RuledOut(id=item.cause.id, why=why, evidence=list(item.facts_against)))
    return found[:MAX_RULED_OUT]


def _without_cause(
    case: Case,
    claim: Conclusion,
    ranked: Ranked,
    catalogue: Catalogue,
    judged: list[tuple[View, list[Judged]]],
) -> Outcome:
    steps: list[str] = []
    summary = claim.note
    ruled_out: list[RuledOut] = []
    if claim.verdict == "healthy":
        summary = _healthy_summary(case, claim.object, catalogue)
        steps = [
            "If the alert still fires, compare its expression and its labels with what runs now."
        ]
        if case.incident.trigger != "alert":
            steps = []
    if claim.verdict == "not_found":
        asked = (
            "alert's labels" if case.incident.trigger == "alert" else "object that was asked for"
        )
        steps = [f"Check the name and namespace of the {asked} against the cluster."]
    if claim.verdict == "inconclusive":
        for view, causes in judged[:1]:
            ruled_out = _ruled_out(case, causes)
            steps = to_tell_apart(case, view, causes)
        if not steps:
            steps = usual_reads(case, claim.object)
        if case.denied:
            spaces = case.incident.scope.namespaces
            rights = " ".join(["kubectl auth can-i --list", *(f"-n {name}" for name in spaces[:1])])
            steps.append("Run it again with an identity that may read what the blind spots name.")
            steps.append(rights)
    open_view = judged[0][0] if judged and claim.verdict == "inconclusive" else None
    return Outcome(
        verdict=claim.verdict,
        summary=summary or "Nothing could be concluded.",
        object=claim.object,
        ruled_out=ruled_out,
        other_findings=other_findings(case, ranked, catalogue, claim.object, open_view),
        next_steps=steps,
        stop_reason=claim.stop_reason,
    )


def _healthy_summary(case: Case, ref: ObjectRef | None, catalogue: Catalogue) -> str:
    index = case.derivation.index
    scope = case.incident.scope
    where = "the cluster" if scope.all_namespaces else f"namespace {', '.join(scope.namespaces)}"
    known = any(catalogue.families_of_alert(alert.name) for alert in case.incident.alerts)
    stale = "; the alert is stale" if known else ""
    unmeasured = "" if known or case.incident.trigger == "scan" else f" {UNMEASURED}"
    if ref is None:
        return f"Nothing is wrong now in {where}{stale}.{unmeasured}"
    ready, desired = index.value(ref, "workload.ready"), index.value(ref, "workload.desired")
    counts = f" ({ready} of {desired} ready)" if desired is not None else ""
    recovered = index.value(ref, "workload.recovered") is True
    again = " It recovered: containers restarted before and run steadily now." if recovered else ""
    return f"Nothing is wrong now: {ref} is available{counts}{stale}.{again}{unmeasured}"
