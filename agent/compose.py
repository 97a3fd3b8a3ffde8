"""Compose: the report, from the outcome and the facts it refers to. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agent.case import Case
from agent.conclude import Outcome
from agent.derive.symptoms import parse_time
from agent.incident import Incident
from agent.report import (
    Change,
    ClusterInfo,
    Impact,
    IncidentInfo,
    ManagedBy,
    MoveRecord,
    Report,
    TimelineEntry,
    Usage,
)
from tools.fact import Fact
from tools.objects import ObjectRef

MAX_TIMELINE = 14
"""Entries of the timeline; the last ones are kept."""
MESSAGE_LENGTH = 200
"""Characters of a message; the fact has all of it."""
BROKEN = {
    "job-failed": "has failed",
    "failed": "has failed",
    "evicted": "was evicted",
    "crash-loop": "crashes again and again",
    "oom": "runs out of memory",
    "no-pods": "has no pods",
    "suspended": "is suspended",
    "scaled-to-zero": "is scaled to zero",
    "no-endpoints": "has no ready endpoints",
    "wrong-port": "sends traffic to a port that nobody serves",
    "claim-pending": "is not bound to a volume",
    "node-not-ready": "is not ready",
    "node-pressure": "is short of resources",
    "cordoned": "takes no new pods",
    "terminating": "cannot be deleted",
    "stuck": "makes no progress",
    "not-ready": "is not ready",
    "pending": "cannot be scheduled",
}
"""Symptom -> what is said of an object that counts no replicas."""


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
        impact=_impact(case, outcome.object) if outcome.verdict == "root_cause" else None,
        changed=_changed(case, outcome.object),
        managed_by=_managed_by(case, outcome.object),
        contributing=outcome.contributing,
        other_findings=outcome.other_findings,
        ruled_out=outcome.ruled_out,
        timeline=_timeline(case, outcome.object),
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


def _related_refs(case: Case, ref: ObjectRef) -> list[ObjectRef]:
    owners = case.derivation.owners
    refs = [ref, *owners.sets.get(ref, []), *owners.pods.get(ref, [])]
    return [*refs, *(c for r in refs for c in owners.containers.get(r, []))]


def _impact(case: Case, ref: ObjectRef | None) -> Impact | None:
    if ref is None:
        return None
    index = case.derivation.index
    ready, desired = index.value(ref, "workload.ready"), index.value(ref, "workload.desired")
    services: list[str] = []
    name = f"{ref.kind}/{ref.name}"
    for service in index.objects("Service"):
        backs = name in index.items(service, "selector.backends")
        if service.namespace == ref.namespace and (service == ref or backs):
            services.append(f"{service.name}: {index.number(service, 'endpoints.ready')} ready")
    parts: list[str] = []
    if desired is not None:
        parts.append(f"{ready or 0} of {desired} replicas ready")
    elif (said := _broken(case, ref)) and not (services and ref.kind == "Service"):
        parts.append(said)
    if services:
        parts.append("Service " + ", ".join(services))
    return Impact(
        ready=ready if isinstance(ready, int) else None,
        desired=desired if isinstance(desired, int) else None,
        since=_since(case, ref),
        service_endpoints=services,
        summary="; ".join(parts),
    )


def _broken(case: Case, ref: ObjectRef) -> str:
    """`Job payroll/month-end has failed`: the object's own symptom, else that of its pods."""
    slug = case.derivation.index.value(ref, "workload.broken")
    if not isinstance(slug, str):
        slug = next((view.symptom for view in case.views if view.object == ref), "")
    place = f"{ref.namespace}/" if ref.namespace else ""
    return f"{ref.kind} {place}{ref.name} {BROKEN.get(slug, 'cannot start')}" if slug else ""


def _shown(moment: datetime) -> str:
    """RFC 3339 in whole seconds."""
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _cut(text: str, length: int = MESSAGE_LENGTH) -> str:
    """At most `length` characters, cut after a word where there is one."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    whole = head if text[length - 1].isspace() else head[: max(head.rfind(" "), 0)]
    return (whole if len(whole) > length // 2 else head).rstrip() + "…"


def _since(case: Case, ref: ObjectRef) -> str | None:
    """The first warning about the object or what belongs to it."""
    index = case.derivation.index
    moments = []
    for subject in _related_refs(case, ref):
        for fact in index.all(subject, "event.warning"):
            first = fact.value.get("first") if isinstance(fact.value, dict) else None
            if moment := parse_time(first):
                moments.append(moment)
    return _shown(min(moments)) if moments else None


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
    value = case.derivation.index.mapping(ref, "object.managed_by")
    if not value:
        return None
    return ManagedBy(tool=str(value.get("tool", "")), source=str(value.get("source") or ""))


def _timeline(case: Case, ref: ObjectRef | None) -> list[TimelineEntry]:
    """Creation, changes and events of the object and its pods, oldest first."""
    if ref is None:
        return []
    index = case.derivation.index
    entries: dict[tuple[str, str], tuple[datetime, TimelineEntry]] = {}

    def add(at: object, what: str, fact: Fact) -> None:
        if moment := parse_time(at):
            entry = TimelineEntry(at=_shown(moment), what=what, fact=fact.id)
            entries.setdefault((entry.at, what), (moment, entry))

    for subject in _related_refs(case, ref):
        for name in ("event.warning", "event.normal"):
            for fact in index.all(subject, name):
                value = fact.value if isinstance(fact.value, dict) else {}
                count = value.get("count")
                times = f" (x{count})" if isinstance(count, int) and count > 1 else ""
                text = f"{subject.kind} {subject.name}: {value.get('reason')}{times}: "
                add(value.get("first"), _cut(text + str(value.get("message"))), fact)
    created = index.fact(ref, "object.created")
    if created is not None:
        add(created.value, f"{ref} was created", created)
    changed = index.fact(ref, "change.introduced")
    if changed is not None and isinstance(changed.value, dict):
        what = f"{ref}: revision {changed.value.get('revision')} was rolled out"
        add(changed.value.get("at"), what, changed)
    ordered = sorted(entries.values(), key=lambda pair: (pair[0], pair[1].what))
    return [entry for _, entry in ordered][-MAX_TIMELINE:]


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
        if index.fact(fact.subject, "log.error") is None and index.value(
            fact.subject, "log.lines"
        ) in (
            None,
            0,
        ):
            spots.append(f"No log of {fact.subject}: {_cut(str(fact.value), 120)}")
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
