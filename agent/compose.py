"""Compose: the report, from the outcome and the facts it refers to. Pure."""

from __future__ import annotations

from typing import Any

from agent.case import Case
from agent.incident import Incident
from agent.makers import maker_of
from agent.outcome import Outcome
from agent.report import Report
from agent.reportparts import (
    Change,
    ClusterInfo,
    IncidentInfo,
    ManagedBy,
    MoveRecord,
    Usage,
)
from agent.story import cut, impact, timeline
from tools.fact import Fact
from tools.objects import ObjectRef


def compose(
    case: Case,
    outcome: Outcome,
    *,
    run_id: str,
    started_at: str,
    finished_at: str,
    cluster: ClusterInfo,
    records: list[dict[str, Any]],
    degraded: list[str],
    usage: Usage,
) -> Report:
    """The whole report; `facts` holds every fact that any part refers to, and their sources."""
    incident = case.incident
    report = Report(
        run_id=run_id,
        started_at=started_at,
        finished_at=finished_at,
        cluster=cluster,
        incident=_incident_info(incident),
        verdict=outcome.verdict,
        summary=outcome.summary,
        root_cause=outcome.root_cause,
        impact=impact(case, outcome.object) if outcome.verdict == "root_cause" else None,
        changed=_changed(case, outcome.object),
        managed_by=_managed_by(case, outcome.object),
        contributing=outcome.contributing,
        other_findings=outcome.other_findings,
        ruled_out=outcome.ruled_out,
        timeline=timeline(case, outcome.object),
        moves=[_move(record) for record in records],
        remedy=outcome.remedy,
        next_steps=outcome.next_steps,
        blind_spots=_blind_spots(case, records),
        stop_reason=outcome.stop_reason,
        degraded=degraded,
        usage=usage,
    )
    more = []
    if outcome.verdict == "healthy" and outcome.object is not None:
        healthy = case.derivation.index.fact(outcome.object, "workload.healthy")
        more = [healthy.id] if healthy else []
    facts = _referenced(case, report, more)
    kept = {fact.id for fact in facts}
    moves = [
        move.model_copy(update={"facts": [name for name in move.facts if name in kept]})
        for move in report.moves
    ]
    return report.model_copy(update={"facts": facts, "moves": moves})


def _move(record: dict[str, Any]) -> MoveRecord:
    shown = {key: value for key, value in record.items() if key in MoveRecord.model_fields}
    return MoveRecord.model_validate(shown)


def _incident_info(incident: Incident) -> IncidentInfo:
    return IncidentInfo(
        trigger=incident.trigger,
        alerts=incident.alerts,
        scope=incident.scope,
        question=incident.question,
    )


def _changed(case: Case, ref: ObjectRef | None) -> list[Change]:
    if ref is None:
        return []
    fact = case.derivation.index.fact(ref, "change.introduced")
    if fact is None or not isinstance(fact.value, dict):
        return []
    changes = fact.value.get("changes")
    revision, at = fact.value.get("revision"), fact.value.get("at")
    return [
        Change(
            at=str(at) if at else None,
            what=f"{change.get('path')}: {change.get('before')} -> {change.get('after')}",
            object=ref,
            revision=revision if isinstance(revision, int) else None,
        )
        for change in (changes if isinstance(changes, list) else [])
        if isinstance(change, dict)
    ]


def _managed_by(case: Case, ref: ObjectRef | None) -> ManagedBy | None:
    if ref is None:
        return None
    if (maker := maker_of(case, ref)) is not None:
        return ManagedBy(tool="operator", source=str(maker))
    value = case.derivation.index.mapping(ref, "object.managed_by")
    if not value:
        return None
    return ManagedBy(tool=str(value.get("tool", "")), source=str(value.get("source") or ""))


def _blind_spots(case: Case, records: list[dict[str, Any]]) -> list[str]:
    """What could not be seen: by RBAC (as the gate or kubectl says), by time, or by rotation."""
    index = case.derivation.index
    spots = [*case.intake.blind_spots, *case.denied]
    for fact in index.named("access.denied"):
        value = fact.value if isinstance(fact.value, dict) else {}
        namespace = fact.subject.namespace
        where = f"in namespace {namespace}" if namespace else "cluster-wide"
        spots.append(f"RBAC does not allow {value.get('verb')} {value.get('resource')} {where}.")
    for fact in index.named("log.unavailable"):
        lines = index.value(fact.subject, "log.lines")
        if not lines and index.fact(fact.subject, "log.error") is None:
            spots.append(f"No log of {fact.subject}: {cut(str(fact.value), 120)}")
    for record in records:
        if record.get("timed_out"):
            spots.append(f"No answer in time to: {record['text']}")
        elif record.get("truncated") and not record["text"].startswith("kubectl logs "):
            spots.append(f"Only a part of a very long answer was read: {record['text']}")
    events = index.named("event.warning") or index.named("event.normal")
    asked = any(
        "events" in record["text"].split() and record.get("exit_code") == 0 for record in records
    )
    if asked and not events:
        spots.append("No events: the API server keeps them for an hour by default.")
    return list(dict.fromkeys(spots))


def _referenced(case: Case, report: Report, more: list[str]) -> list[Fact]:
    """Facts that any part refers to, and what those were derived from, in reading order."""
    index = case.derivation.index
    wanted = list(more)
    for cause in [report.root_cause, *report.contributing]:
        wanted += cause.evidence if cause else []
    for ruled in report.ruled_out:
        wanted += ruled.evidence
    for finding in report.other_findings:
        wanted += finding.evidence
    wanted += [entry.fact for entry in report.timeline if entry.fact]
    keep: set[str] = set()
    while wanted:
        fact = index.by_id.get(wanted.pop())
        if fact is not None and fact.id not in keep:
            keep.add(fact.id)
            wanted += fact.derived_from
    return [fact for fact in index.facts if fact.id in keep]
