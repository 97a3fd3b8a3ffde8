"""Differences that are known, each with its reason; docs/fidelity.md is made from this."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple


class Known(NamedTuple):
    """Commands of a recording that are answered otherwise; `*` in a command matches anything."""

    backend: str
    recording: str
    commands: tuple[str, ...]
    reason: str


KNOWN = (
    Known(
        "simulator",
        "unschedulable-cpu",
        ("describe pod*", "get events*", "events"),
        "a heartbeat of the recorded node woke the scheduler once more; simulated heartbeats wake nobody",
    ),
    Known(
        "simulator",
        "pvc-pending",
        ("describe persistentvolumeclaims",),
        "the recorded controller had retried once more when this command ran than when the events were read",
    ),
    Known(
        "simulator",
        "healthy",
        ("get pod*",),
        "the recorded kubelet had synced the pod only once, so its status did not show the limits yet",
    ),
    Known(
        "simulator",
        "*",
        ("get svc,endpointslices,cm,pvc,resourcequota -o json",),
        "EndpointSlices reach their state in fewer writes, so metadata.generation is lower",
    ),
    Known(
        "recorded objects",
        "pvc-pending",
        ("describe persistentvolumeclaims",),
        "the event was counted once more between the two recorded commands",
    ),
    Known(
        "recorded objects",
        "secret-volume-missing",
        ("get deploy,rs,sts,job,svc,cm,pvc,quota,endpointslices,secrets",),
        "the Secret was not recorded as JSON, so the replay does not have it",
    ),
)


def reason(backend: str, recording: str, command: str) -> str | None:
    """Why this command may differ, or None when that is not known."""
    for known in KNOWN:
        if (
            known.backend == backend
            and fnmatchcase(recording, known.recording)
            and any(fnmatchcase(command, pattern) for pattern in known.commands)
        ):
            return known.reason
    return None
