"""Health: which objects are broken now, and which recovered."""

from __future__ import annotations

from agent.derive.derivation import Derivation
from agent.derive.symptoms import SEVERITY, Symptom, cluster_now, pod_symptom
from tools.fact import Fact
from tools.objects import ObjectRef

STATE_FACTS = (
    "pod.status",
    "pod.phase",
    "container.waiting.reason",
    "container.exit.code",
    "container.restarts",
)


def derive_health(derivation: Derivation) -> None:
    """State owner.root of pods, and workload.broken, .healthy or .recovered of every workload."""
    index, owners = derivation.index, derivation.owners
    now = cluster_now(index)
    for workload in owners.workloads():
        worst: tuple[Symptom, ObjectRef] | None = None
        restarted: list[Fact | None] = []
        for pod in owners.pods.get(workload, []):
            if owners.root(pod) != pod:
                root = f"{workload.kind}/{workload.name}"
                derivation.state(pod, "owner.root", root, [index.fact(pod, "object.owner")])
            containers = owners.containers.get(pod, [])
            symptom = pod_symptom(index, pod, containers, now)
            if symptom and (worst is None or _rank(symptom) < _rank(worst[0])):
                worst = (symptom, pod)
            restarted += [
                index.fact(ref, "container.restarts")
                for ref in [*containers, pod]
                if index.number(ref, "container.restarts") + index.number(ref, "pod.restarts") > 0
            ]
        _state_workload(derivation, workload, worst, restarted)
    for job in index.objects("Job"):
        # A Job below a CronJob has its own symptom too: the CronJob's candidate shows it.
        if owners.root(job) != job and index.fact(job, "job.failure"):
            derivation.state(job, "workload.broken", "job-failed", [index.fact(job, "job.failure")])


def _rank(symptom: Symptom) -> int:
    return SEVERITY.index(symptom.slug)


def _state_workload(
    derivation: Derivation,
    workload: ObjectRef,
    worst: tuple[Symptom, ObjectRef] | None,
    restarted: list[Fact | None],
) -> None:
    index = derivation.index
    own = own_symptom(derivation, workload)
    if own is not None and (worst is None or own[0] in ("job-failed", "suspended")):
        derivation.state(workload, "workload.broken", own[0], own[1])
        return
    if worst is not None:
        symptom, pod = worst
        # A failed pod that a controller already replaced is history, as long as the owner is whole.
        if symptom.slug in ("evicted", "failed", "terminating") and _whole(derivation, workload):
            return
        subject = symptom.container or pod
        sources = [index.fact(subject, name) for name in STATE_FACTS]
        sources += [index.fact(pod, "pod.status"), index.fact(pod, "pod.scheduled")]
        derivation.state(workload, "workload.broken", symptom.slug, sources)
        return
    counts = [
        index.fact(workload, name)
        for name in ("workload.ready", "workload.desired", "job.complete", "job.succeeded")
    ]
    sources = counts + [
        index.fact(p, "pod.status") for p in derivation.owners.pods.get(workload, [])
    ]
    if any(sources):
        derivation.state(workload, "workload.healthy", True, sources[:12])
        if restarted:
            derivation.state(workload, "workload.recovered", True, [*sources[:4], *restarted[:6]])


def _whole(derivation: Derivation, workload: ObjectRef) -> bool:
    index = derivation.index
    desired = index.fact(workload, "workload.desired")
    return desired is not None and index.number(workload, "workload.ready") >= index.number(
        workload, "workload.desired"
    )


def own_symptom(
    derivation: Derivation, workload: ObjectRef
) -> tuple[str, list[Fact | None]] | None:
    """What is wrong with the workload itself, with no pod to show it."""
    index, owners = derivation.index, derivation.owners
    children = owners.sets.get(workload, [])
    if workload.kind == "Job":
        failure = index.fact(workload, "job.failure")
        if failure is not None:
            return "job-failed", [failure]
        if index.value(workload, "job.suspended") is True:
            return "suspended", [index.fact(workload, "job.suspended")]
    if workload.kind == "CronJob":
        failures = [index.fact(job, "job.failure") for job in children]
        if any(failures):
            return "job-failed", failures
        if index.value(workload, "cronjob.suspended") is True:
            return "suspended", [index.fact(workload, "cronjob.suspended")]
    denied = [index.fact(ref, "create.denied") for ref in [workload, *children]]
    desired = index.number(workload, "workload.desired")
    current = index.number(workload, "workload.current")
    counted = index.fact(workload, "workload.desired") is not None
    if any(denied) and (not counted or current < desired or not owners.pods.get(workload)):
        return "no-pods", denied
    if counted and desired > 0 and current == 0 and not owners.pods.get(workload):
        return "no-pods", [index.fact(workload, "workload.desired")]
    progressing = index.mapping(workload, "workload.progressing")
    if index.value(workload, "workload.paused") is True:
        updated = index.number(workload, "workload.updated")
        if updated < desired or progressing.get("reason") == "DeploymentPaused":
            return "paused", [index.fact(workload, "workload.paused")]
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return "stuck", [index.fact(workload, "workload.progressing")]
    behind = counted and index.number(workload, "workload.ready") < desired
    if behind and index.value(workload, "workload.observed") is False:
        return "stuck", [index.fact(workload, "workload.observed")]
    return None
