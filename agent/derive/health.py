"""Health: which objects are broken now, and which recovered."""

from __future__ import annotations

from agent.derive.derivation import Derivation
from agent.derive.moments import cluster_now, parse_time
from agent.derive.symptoms import SEVERITY, Symptom, pod_symptom
from agent.index import FactIndex
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
        if gone(index, workload):
            continue
        worst: tuple[Symptom, ObjectRef] | None = None
        restarted: list[Fact | None] = []
        old = replaced(derivation, workload)
        for pod in owners.pods.get(workload, []):
            if owners.root(pod) != pod:
                root = f"{workload.kind}/{workload.name}"
                derivation.state(pod, "owner.root", root, [index.fact(pod, "object.owner")])
            containers = owners.containers.get(pod, [])
            symptom = None if pod in old else pod_symptom(index, pod, containers, now)
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
        if job in failed_runs(derivation, owners.root(job)):
            derivation.state(job, "workload.broken", "job-failed", [index.fact(job, "job.failure")])


def gone(index: FactIndex, ref: ObjectRef) -> bool:
    """Known from events alone, while a list of its kind does not have it: it was deleted since."""
    listed = ref.model_copy(update={"name": "*"})
    return (
        index.fact(listed, "list.names") is not None
        and index.fact(ref, "object.created") is None
        and ref.name not in index.items(listed, "list.names")
    )


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


def replaced(derivation: Derivation, workload: ObjectRef) -> frozenset[ObjectRef]:
    """Pods that ended and that a controller made up for: history, not what is wrong now."""
    index, owners = derivation.index, derivation.owners
    ended = [
        pod
        for pod in owners.pods.get(workload, [])
        if index.value(pod, "pod.phase") == "Failed" or index.value(pod, "pod.status") == "Evicted"
    ]
    if ended and workload.kind == "CronJob":
        failed = {f"Job/{job.name}" for job in failed_runs(derivation, workload)}
        open_runs = {
            f"Job/{job.name}"
            for job in owners.sets.get(workload, [])
            if index.value(job, "job.complete") is not True and not index.fact(job, "job.failure")
        }
        keep = failed | open_runs
        return frozenset(p for p in ended if index.value(p, "object.owner") not in keep)
    return frozenset(ended) if ended and _whole(derivation, workload) else frozenset()


def failed_runs(derivation: Derivation, cronjob: ObjectRef) -> list[ObjectRef]:
    """Jobs of a CronJob that failed, without those before its last success."""
    index = derivation.index
    if cronjob.kind != "CronJob":
        return []
    jobs = derivation.owners.sets.get(cronjob, [])
    failed: list[ObjectRef] = []
    for job in sorted(jobs, key=lambda ref: str(index.value(ref, "object.created", ""))):
        if index.fact(job, "job.failure") is not None:
            failed.append(job)
        elif index.value(job, "job.complete") is True:
            failed.clear()
    success = parse_time(index.value(cronjob, "cronjob.last_success"))
    return [
        job
        for job in failed
        if success is None
        or (started := parse_time(index.value(job, "object.created"))) is None
        or started > success
    ]


def _whole(derivation: Derivation, workload: ObjectRef) -> bool:
    index = derivation.index
    if workload.kind == "Job":
        return index.value(workload, "job.complete") is True
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
        failures = [index.fact(j, "job.failure") for j in failed_runs(derivation, workload)]
        if failures:
            return "job-failed", failures
        if index.value(workload, "cronjob.suspended") is True:
            return "suspended", [index.fact(workload, "cronjob.suspended")]
        for name in ("cronjob.never_due", "cronjob.blocked", "cronjob.lost"):
            if (found := index.fact(workload, name)) is not None:
                return "not-starting", [found]
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
