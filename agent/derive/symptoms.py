"""Symptoms: what is visibly wrong with a pod or workload now, as one slug. Not yet why."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from agent.derive.container_symptoms import container_symptom, is_init
from agent.derive.moments import seconds_since
from agent.index import FactIndex
from tools.objects import ObjectRef

SEVERITY = (
    "oom",
    "start-error",
    "config",
    "image",
    "mount",
    "crash-loop",
    "job-failed",
    "no-pods",
    "pending",
    "init",
    "evicted",
    "failed",
    "node-not-ready",
    "no-dns",
    "claim-pending",
    "not-ready",
    "creating",
    "terminating",
    "stuck",
    "paused",
    "suspended",
    "not-starting",
    "not-scaling",
    "at-limit",
    "no-endpoints",
    "wrong-port",
    "scaled-to-zero",
    "namespace-stuck",
    "budget-unmet",
    "budget-shut",
    "node-pressure",
    "cordoned",
)
"""Slugs, the most telling first: the order in which equal candidates are explained."""
SETTLE_SECONDS = 20.0
"""Pods younger than this are still starting; they are not called broken for not being ready."""
OVERDUE_SECONDS = 300.0
"""A deletionTimestamp is when the grace period ends; pods that are still there long after are stuck."""

JOB_TRACKING = "batch.kubernetes.io/job-tracking"
"""The Job controller's own finalizer, which it removes as soon as it has counted the pod."""


class Symptom(NamedTuple):
    """One slug, and the container that shows it."""

    slug: str
    container: ObjectRef | None = None


def pod_symptom(
    index: FactIndex, pod: ObjectRef, containers: list[ObjectRef], now: datetime | None
) -> Symptom | None:
    """What is wrong with one pod, and in which container; None for a pod that is well."""
    found = pod_symptoms(index, pod, containers, now)
    return found[0] if found else None


def pod_symptoms(
    index: FactIndex, pod: ObjectRef, containers: list[ObjectRef], now: datetime | None
) -> list[Symptom]:
    """All that is wrong with one pod, one symptom per container at most, the gravest first."""
    whole = _whole_pod(index, pod, containers, now)
    if whole is not None:
        return whole
    mains = [
        Symptom(slug, ref)
        for ref in containers
        if not is_init(index, ref) and (slug := container_symptom(index, ref, now))
    ]
    mains.sort(key=lambda symptom: SEVERITY.index(symptom.slug))
    if _young(index, pod, now):
        mains = [symptom for symptom in mains if symptom.slug != "not-ready"]
    if mains:
        return mains
    last = (
        (Symptom("failed") if index.value(pod, "pod.phase") == "Failed" else None)
        or _table_symptom(index, pod)
        or _creating(index, pod, containers, now)
        or _lost(index, pod, containers, now)
    )
    return [last] if last else []


def _whole_pod(
    index: FactIndex, pod: ObjectRef, containers: list[ObjectRef], now: datetime | None
) -> list[Symptom] | None:
    """What concerns the pod before its main containers do; None when it is about these."""
    if (deleted := index.value(pod, "object.deleted_at")) is not None:
        late = seconds_since(index, deleted, now)
        overdue = late is not None and late > OVERDUE_SECONDS
        hangs = overdue or _held(index, pod, containers) or _unheard(index, pod, containers)
        return [Symptom("terminating")] if hangs else []
    if index.value(pod, "pod.phase") == "Succeeded":
        return []
    if index.value(pod, "pod.reason") == "Evicted":
        return [Symptom("evicted")]
    if index.value(pod, "pod.scheduled") is False:
        return [Symptom("pending")]
    for ref in containers:
        if is_init(index, ref) and (found := container_symptom(index, ref, now)):
            slug = "init" if found in ("crash-loop", "not-ready") else found
            return [Symptom(slug, ref)]
    if index.value(pod, "pod.initialized") is False:
        stuck = [ref for ref in containers if is_init(index, ref)]
        for ref in stuck:
            if index.value(ref, "container.state") == "running":
                return [Symptom("init", ref)]
    mounts = index.all(pod, "mount.missing") or index.all(pod, "mount.error")
    if mounts and index.value(pod, "pod.ready") is not True:
        return [Symptom("mount")]
    return None


def _held(index: FactIndex, pod: ObjectRef, containers: list[ObjectRef]) -> bool:
    """Being deleted, with nothing left that runs, and held by a finalizer of another's controller."""
    held = set(map(str, index.items(pod, "object.finalizers"))) - {JOB_TRACKING}
    states = [index.value(ref, "container.state") for ref in containers]
    return bool(held) and bool(states) and all(state == "terminated" for state in states)


def _unheard(index: FactIndex, pod: ObjectRef, containers: list[ObjectRef]) -> bool:
    """Not ready, says the control plane, while its kubelet last said that all its containers were."""
    ready = [index.value(ref, "container.ready") for ref in containers if not is_init(index, ref)]
    return bool(ready) and all(ready) and index.value(pod, "pod.ready") is False


def _lost(
    index: FactIndex, pod: ObjectRef, containers: list[ObjectRef], now: datetime | None
) -> Symptom | None:
    """Not ready although all its containers are: its node is gone, or a readiness gate is shut."""
    if index.value(pod, "pod.phase") != "Running" or index.value(pod, "pod.ready") is not False:
        return None
    ready = [index.value(ref, "container.ready") for ref in containers if not is_init(index, ref)]
    settled = bool(ready) and all(ready) and not _young(index, pod, now)
    return Symptom("not-ready") if settled else None


def _young(index: FactIndex, pod: ObjectRef, now: datetime | None) -> bool:
    """Just created: not being ready yet is no news."""
    age = seconds_since(index, index.value(pod, "object.created"), now)
    return age is not None and age < SETTLE_SECONDS


def _creating(
    index: FactIndex, pod: ObjectRef, containers: list[ObjectRef], now: datetime | None
) -> Symptom | None:
    """Stays in ContainerCreating: something is being waited for, and no event says what."""
    if index.value(pod, "pod.phase") != "Pending" or _young(index, pod, now):
        return None
    waiting = [
        ref
        for ref in containers
        if index.value(ref, "container.waiting.reason") in ("ContainerCreating", "PodInitializing")
    ]
    return Symptom("creating", waiting[0]) if waiting else None


TABLE_STATUS = {
    "CrashLoopBackOff": "crash-loop",
    "Error": "crash-loop",
    "OOMKilled": "oom",
    "ErrImagePull": "image",
    "ImagePullBackOff": "image",
    "InvalidImageName": "image",
    "CreateContainerConfigError": "config",
    "CreateContainerError": "start-error",
    "RunContainerError": "start-error",
    "StartError": "start-error",
    "ContainerCannotRun": "start-error",
    "Pending": "pending",
    "Evicted": "evicted",
    "Failed": "failed",
}
"""STATUS column of `get pods` -> slug, for lists too long to be read as JSON."""
STARTING = {"ContainerCreating": "creating", "PodInitializing": "creating"}
"""Of these, what any pod goes through."""


def _table_symptom(index: FactIndex, pod: ObjectRef) -> Symptom | None:
    status = index.value(pod, "pod.status")
    if not isinstance(status, str):
        return None
    if status.startswith("Init:") and status not in ("Init:0/1",):
        return Symptom("init")
    slug = TABLE_STATUS.get(status)
    if slug == "pending" and index.value(pod, "pod.node") not in (None, "", "<none>"):
        return None
    if slug is None and index.fact(pod, "object.created") is None:
        # Seen in a table alone, it may just be starting; it is worth reading, and then it will tell.
        slug = STARTING.get(status, "init" if status.startswith("Init:") else None)
        if status == "Running" and index.value(pod, "pod.ready") is False:
            slug = "not-ready"
    return Symptom(slug) if slug else None
