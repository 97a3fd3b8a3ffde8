"""Events, of v1 and of events.k8s.io: warnings, steps of the story, and what their messages say."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from pydantic import JsonValue

from tools.distil.admission import without_prefix
from tools.distil.facts import FactList
from tools.distil.kinds import namespaced
from tools.distil.messages import place, read
from tools.distil.shapes import count, dig, mapping, text
from tools.objects import ObjectRef

TOLD = frozenset(
    {
        # rollouts and scaling
        "ScalingReplicaSet",
        "DeploymentPaused",
        "DeploymentResumed",
        "DeploymentRollback",
        "SuccessfulDelete",
        "SuccessfulRescale",
        # pods
        "Killing",
        "Preempted",
        "Preempting",
        "Evicted",
        "TaintManagerEviction",
        "BackOff",
        # jobs
        "Completed",
        "Suspended",
        "SuspendedJob",
        "Resumed",
        "SawCompletedJob",
        "JobAlreadyActive",
        "MissingJob",
        # nodes
        "NodeNotReady",
        "NodeReady",
        "NodeNotSchedulable",
        "NodeSchedulable",
        "NodeHasInsufficientMemory",
        "NodeHasDiskPressure",
        "NodeHasInsufficientPID",
        "NodeShutdown",
        "Rebooted",
        "RemovingNode",
        # volumes
        "WaitForFirstConsumer",
        "WaitForPodScheduled",
        "ExternalProvisioning",
        "FailedBinding",
    }
)
"""Reasons of Normal events that tell a step of the story; the others say that all goes its way."""

_FIELD_PATH = re.compile(
    r"^spec\.(?:containers|initContainers|ephemeralContainers)\{([^}]+)\}$", re.ASCII
)
_GENERATED_POD = re.compile(r'pods "[^"]*"')


def container_of(field_path: str) -> str | None:
    """The container that `spec.containers{web}` names; None for other field paths."""
    found = _FIELD_PATH.match(field_path)
    return found.group(1) if found else None


@dataclass
class _Story:
    """Events of one object, reason and message, put together."""

    subject: ObjectRef
    warning: bool
    reason: str
    message: str
    source: str
    path: str
    count: int = 0
    first: str = ""
    last: str = ""
    extra: list[str] = field(default_factory=list)

    def add(self, times: int, first: str, last: str) -> None:
        self.count += times
        # RFC 3339 in UTC: the order of the texts is the order of the times.
        self.first = min(filter(None, (self.first, first)), default="")
        self.last = max(self.last, last)

    def value(self) -> dict[str, JsonValue]:
        return {
            "reason": self.reason,
            "message": self.message,
            "count": self.count,
            "first": self.first,
            "last": self.last,
            "source": self.source,
        }


class Events:
    """Collects the events of one document, then states them."""

    def __init__(self) -> None:
        self._stories: dict[tuple[ObjectRef, str, str], _Story] = {}

    def add(self, raw: dict[str, JsonValue], path: str) -> None:
        """Take in one event object of either API; one without object or reason is left out."""
        about = mapping(raw.get("involvedObject")) or mapping(raw.get("regarding"))
        kind, name, reason = (
            text(about.get("kind")),
            text(about.get("name")),
            text(raw.get("reason")),
        )
        if not (kind and name and reason):
            return
        subject = ObjectRef(
            kind=kind,
            namespace=(text(about.get("namespace")) or None) if namespaced(kind) else None,
            name=name,
            container=container_of(text(about.get("fieldPath"))),
        )
        message = without_prefix(text(raw.get("message")) or text(raw.get("note")))
        # Controllers that cannot create a pod try again under another generated name.
        key = (subject, reason, _GENERATED_POD.sub('pods "*"', message))
        story = self._stories.get(key)
        if story is None:
            story = _Story(
                subject=subject,
                warning=raw.get("type") == "Warning",
                reason=reason,
                message=message,
                source=_source(raw),
                path=path,
            )
            self._stories[key] = story
        story.add(*_times(raw))

    def state(self, facts: FactList) -> None:
        """State `event.*` and the typed statements of all events taken in."""
        stated: set[tuple[ObjectRef, str, str]] = set()
        for story in self._stories.values():
            path = f"{story.path}.message".removeprefix(".")
            quote = f"{story.reason}: {story.message}"
            if story.warning:
                facts.add(story.subject, "event.warning", story.value(), path=path, quote=quote)
            elif story.reason in TOLD:
                facts.add(story.subject, "event.normal", story.value(), path=path, quote=quote)
            for said in read(story.reason, story.message, story.count):
                about = place(said, story.subject, story.subject.container)
                key = (about, said.name, _sameness(said.value))
                if key not in stated:
                    stated.add(key)
                    facts.add(about, said.name, said.value, path=path, quote=quote)


def _sameness(value: JsonValue) -> str:
    """What makes two statements the same: all but the wording and the count."""
    body = {k: v for k, v in mapping(value).items() if k not in ("message", "count")}
    return json.dumps(body or value, sort_keys=True)


def _source(raw: dict[str, JsonValue]) -> str:
    """The component that reported the event, under any of the names the two APIs use."""
    for found in (
        dig(raw, "source", "component"),
        raw.get("reportingComponent"),
        raw.get("reportingController"),
        dig(raw, "deprecatedSource", "component"),
    ):
        if text(found):
            return text(found)
    return ""


def _times(raw: dict[str, JsonValue]) -> tuple[int, str, str]:
    """(how often, first, last) of one event; a series counts for itself."""
    times = max(
        count(dig(raw, "series", "count")),
        count(raw.get("count")),
        count(raw.get("deprecatedCount")),
        1,
    )
    once = text(raw.get("eventTime"))
    created = text(dig(raw, "metadata", "creationTimestamp"))
    first = text(raw.get("firstTimestamp")) or text(raw.get("deprecatedFirstTimestamp"))
    lasts = (
        text(dig(raw, "series", "lastObservedTime")),
        text(raw.get("lastTimestamp")),
        text(raw.get("deprecatedLastTimestamp")),
    )
    begin = first or once or created
    return times, begin, max(filter(None, lasts), default=begin)
