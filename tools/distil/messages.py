"""What messages of the kubelet, scheduler and controllers say, as typed statements.

Read here: events (any output form), waiting and termination messages of containers, and
conditions. The texts are those of Kubernetes 1.27 to 1.36. Unknown texts state nothing.
"""

from __future__ import annotations

import re

from tools.distil.admission import create_denied, without_prefix
from tools.distil.evictions import evicted, preempted
from tools.distil.mounts import config, mount
from tools.distil.probes import probe_failed, probe_killed
from tools.distil.pulls import pull_error
from tools.distil.scheduling import schedule_failed
from tools.distil.starts import start_error
from tools.distil.statement import Statement, plain
from tools.objects import ObjectRef

__all__ = ["Statement", "place", "read"]

_ABOUT_CONTAINER = ("pull.error", "config.missing", "start.error", "probe.")
_CLASS = re.compile(r'storageclass\.storage\.k8s\.io "([^"]+)" not found')
_CLASS_USED = re.compile(r'[Ss]torageClass "([^"]+)"')
_WAITING = re.compile(r"[Ww]aiting for ")


def place(statement: Statement, subject: ObjectRef, container: str | None = None) -> ObjectRef:
    """The subject of a statement read from a message about `subject`.

    `container` is the one that the event's fieldPath names; it counts only for statements about
    containers. Without any name the object itself is the subject.
    """
    if not statement.name.startswith(_ABOUT_CONTAINER):
        return subject.whole()
    name = statement.container or container or subject.container
    return subject.model_copy(update={"container": name}) if name else subject.whole()


def read(reason: str, message: str, count: int = 1) -> list[Statement]:
    """All statements of one message; empty when it states nothing that has a fact name.

    `reason` is the event's reason, the container's waiting or termination reason, or the
    condition's. `count` is how often it was seen. Never raises.
    """
    text = without_prefix(plain(message))
    match reason:
        case "FailedScheduling" | "Unschedulable":
            return schedule_failed(text)
        case "FailedMount" | "FailedAttachVolume" | "FailedMapVolume":
            return mount(text)
        case "Unhealthy":
            return probe_failed(text, count)
        case "Killing":
            return probe_killed(text, count)
        case "FailedCreate":
            return create_denied(text)
        case "BackoffLimitExceeded" | "DeadlineExceeded" | "PodFailurePolicy":
            return _job(reason, text)
        case "FailedIndexes" | "MaxFailedIndexesExceeded":
            return _job(reason, text)
        case "Evicted":
            said = [Statement("pod.reason", "Evicted"), Statement("pod.message", text)]
            return [*said, evicted(text)]
        case "Preempted":
            return preempted(text)
    if reason in _PROVISION:
        return _provision(reason, text)
    return _container(reason, text)


_PROVISION = frozenset(
    {
        "ProvisioningFailed",
        "FailedBinding",
        "WaitForFirstConsumer",
        "WaitForPodScheduled",
        "ExternalProvisioning",
    }
)


def _container(reason: str, text: str) -> list[Statement]:
    """The kubelet says `Failed` of pulls, environments and starts alike; the text tells which."""
    if found := pull_error(reason, text):
        return found
    if reason not in _CONTAINER_REASONS:
        return []
    # A runtime error may quote anything, so it is tried before the short "not found" texts.
    return start_error(reason, text) or config(text)


_CONTAINER_REASONS = frozenset(
    {
        "Failed",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "StartError",
        "ContainerCannotRun",
        "PostStartHookError",
        "BackOff",
        "Error",
    }
)


def _job(reason: str, text: str) -> list[Statement]:
    """Job failures; a pod's own DeadlineExceeded begins with `Pod` and is not the job's."""
    if text.startswith("Pod was"):
        return [Statement("pod.reason", reason), Statement("pod.message", text)]
    return [Statement("job.failure", {"reason": reason, "message": text})]


def _provision(reason: str, text: str) -> list[Statement]:
    missing = _CLASS.search(text)
    used = missing or _CLASS_USED.search(text)
    if missing:
        cause = "class-missing"
    elif reason not in ("ProvisioningFailed", "FailedBinding") or _WAITING.match(text):
        cause = "waiting"
    else:
        cause = "provisioner" if reason == "ProvisioningFailed" else "other"
    value = {"message": text, "class": used.group(1) if used else "", "cause": cause}
    return [Statement("provision.failed", dict(value))]
