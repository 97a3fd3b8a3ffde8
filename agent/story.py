"""Story: who is hurt since when, and what happened in which order. Pure."""

from __future__ import annotations

from datetime import datetime

from agent.case import Case
from agent.derive.moments import parse_time
from agent.reportparts import Impact, TimelineEntry
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


def _related_refs(case: Case, ref: ObjectRef) -> list[ObjectRef]:
    owners = case.derivation.owners
    refs = [ref, *owners.sets.get(ref, []), *owners.pods.get(ref, [])]
    return [*refs, *(c for r in refs for c in owners.containers.get(r, []))]


def impact(case: Case, ref: ObjectRef | None) -> Impact | None:
    """Who is hurt by the object, how badly and since when; None without an object."""
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


def cut(text: str, length: int = MESSAGE_LENGTH) -> str:
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


def timeline(case: Case, ref: ObjectRef | None) -> list[TimelineEntry]:
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
                add(value.get("first"), cut(text + str(value.get("message"))), fact)
    created = index.fact(ref, "object.created")
    if created is not None:
        add(created.value, f"{ref} was created", created)
    changed = index.fact(ref, "change.introduced")
    if changed is not None and isinstance(changed.value, dict):
        what = f"{ref}: revision {changed.value.get('revision')} was rolled out"
        add(changed.value.get("at"), what, changed)
    ordered = sorted(entries.values(), key=lambda pair: (pair[0], pair[1].what))
    return [entry for _, entry in ordered][-MAX_TIMELINE:]
