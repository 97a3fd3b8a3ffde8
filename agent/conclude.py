"""Conclude: a planner's conclusion held against the facts again. A cause needs its confirming facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from agent.case import Case
from agent.context import RESOURCE_NAMES, render, view_context
from agent.judgement import Judged, confidence, facts_read, judge_view
from agent.makers import beside, instead
from agent.objective import Conclusion
from agent.playbook import Catalogue
from agent.ranking import Ranked, blames, follows, rank
from agent.remedies import UNSTARTED, back, goes_back, is_back, remedy_for
from agent.report import Finding, Remedy, RootCause, RuledOut, StopReason, VerdictName
from agent.views import View
from tools.objects import ObjectRef

RIVAL_SUPPORT = 0.5
"""Share of a rival's conditions that must hold for its exclusion to be worth a line."""
MAX_CHECKS = 4
NO_PLAN = "mend what it changed."
"""The way forward where the playbook has none: only going back is a fix."""
UNMEASURED = "Metrics (latency, rates of errors) were not looked at."
"""Said where nothing is broken, but the question or alert may be about what only metrics show."""
NOT_YET_SEEN = (
    "What has not started yet may have a fault of its own, which shows only after this fix: "
    "run this investigation again then."
)
MAX_RULED_OUT = 6
MAX_FINDINGS = 20
"""Entries of these lists in the report; more would bury the cause."""


class Outcome(BaseModel):
    """What the facts support, whatever was claimed."""

    model_config = ConfigDict(extra="forbid")

    verdict: VerdictName
    """The verdict that holds."""
    summary: str
    """One or two sentences."""
    object: ObjectRef | None = None
    """What it is about."""
    root_cause: RootCause | None = None
    """Set when the verdict is root_cause."""
    contributing: list[RootCause] = Field(default_factory=list)
    """Other confirmed causes on the same object."""
    ruled_out: list[RuledOut] = Field(default_factory=list)
    """Rivals that facts exclude."""
    other_findings: list[Finding] = Field(default_factory=list)
    """Other broken objects."""
    next_steps: list[str] = Field(default_factory=list)
    """For a person."""
    remedy: Remedy | None = None
    """Proposed fix."""
    stop_reason: StopReason = "concluded"
    """Why planning ended."""


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
    steps += _about_changes(case, best.view.object, remedy)
    if best.view.symptom in UNSTARTED and not is_back(remedy):
        steps.append(NOT_YET_SEEN)
    return Outcome(
        verdict="root_cause",
        summary=cause.summary,
        object=best.view.object,
        root_cause=cause,
        contributing=contributing,
        ruled_out=_ruled_out(case, causes),
        other_findings=[
            *beside(case, best.view.object),
            *_findings(case, ranked, catalogue, best.view),
        ],
        next_steps=steps or _usual_step(remedy),
        remedy=remedy,
        stop_reason=claim.stop_reason,
    )


def _open(causes: list[Judged]) -> list[Judged]:
    """What it may still be, the best of each family before the next ones of the same."""
    left = [item for item in causes if not item.excluded and item.share > 0]
    seen: dict[str, int] = {}

    def key(item: Judged) -> tuple[float, int]:
        family = item.cause.id.split(".")[0]
        seen[family] = seen.get(family, -1) + 1
        return -item.share, seen[family]

    return sorted(left, key=key)


def _about_changes(case: Case, ref: ObjectRef, remedy: Remedy | None) -> list[str]:
    """Who would take a fix back, and which revision brought the object where it is."""
    index = case.derivation.index
    steps: list[str] = [*instead(case, ref)]
    if not steps and (managed := index.mapping(ref, "object.managed_by")):
        source = f" ({managed['source']})" if managed.get("source") else ""
        manager = f"{managed.get('tool')}{source}"
        steps.append(f"Make the change in what {manager} applies, which manages {ref}.")
    change = index.mapping(ref, "change.introduced")
    if change and not is_back(remedy):
        back = f"kubectl rollout undo deployment/{ref.name} -n {ref.namespace}"
        back += f" --to-revision={change.get('previous')}"
        steps.append(
            f"Revision {change.get('revision')} is the newest{_what(change)}; to go back: {back}"
        )
    return steps


def _what(change: Mapping[str, Any]) -> str:
    """The first thing that a revision changed."""
    for item in change.get("changes") or []:
        return f" ({item.get('path')}: {item.get('before')} -> {item.get('after')})"
    return ""


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


def _findings(
    case: Case, ranked: Ranked, catalogue: Catalogue, explained: View | None
) -> list[Finding]:
    """Everything else that is broken, without what only follows from the explained view."""
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
    return list(found.values())[:MAX_FINDINGS]


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
            context = view_context(view, case.derivation)
            for item in _open(causes)[:MAX_CHECKS]:
                steps.append(f"Check whether it is {item.cause.id}: {item.cause.title.lower()}.")
            if view.pod is not None:
                steps.append(render("kubectl describe pod {{ pod }} -n {{ ns }}", context))
        if not steps:
            steps = _usual_reads(case, claim.object)
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
        other_findings=[
            *beside(case, claim.object),
            *_findings(case, ranked, catalogue, open_view),
        ],
        next_steps=steps,
        stop_reason=claim.stop_reason,
    )


def _usual_reads(case: Case, ref: ObjectRef | None) -> list[str]:
    """What to read where no cause is open: the object, the newest events, a pod's own log."""
    spaces = [f"-n {name}" for name in case.incident.scope.namespaces[:1]]
    where = f"-n {ref.namespace}" if ref is not None and ref.namespace else "".join(spaces)
    steps: list[str] = []
    if ref is not None:
        resource = RESOURCE_NAMES.get(ref.kind, ref.kind.lower())
        steps.append(f"Read its conditions: kubectl describe {resource} {ref.name} {where}".strip())
        pods = case.derivation.owners.pods.get(ref, [])
        steps += [f"Read its log: kubectl logs {pod.name} {where}" for pod in pods[:1]]
    flags = where or "-A"
    steps.append(f"Read the newest events: kubectl get events {flags} --sort-by=.lastTimestamp")
    return steps


def _usual_step(remedy: Remedy | None) -> list[str]:
    if remedy is None:
        return []
    return ["Apply the proposed fix, then run this investigation again."]


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
