"""The Job controller: pods until enough succeed, or the back-off limit or deadline is reached."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.simulator.admission import Denied, create_pod
from sandbox.simulator.conditions import condition, is_ready
from sandbox.simulator.controllers.owned import owned
from sandbox.simulator.controllers.replicaset import pod_of
from sandbox.simulator.deletion import delete, going
from sandbox.simulator.demand import terminal
from sandbox.simulator.durations import elapsed
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import suffix
from sandbox.simulator.store import Object

COMPONENT = "job-controller"
FIRST_BACK_OFF = 10.0
"""Seconds between a failed pod and the next; doubled each time."""
LAST_BACK_OFF = 600.0
"""Longest pause, seconds."""
NOTICE = 3.0
"""Seconds between the last pod's failure and the Job's: syncs are batched and finalizers removed."""


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Create the pod that is due, finish the Job that has ended, and write the status."""
    job = engine.store.get("batch/jobs", namespace, name)
    if job is None:
        return None
    if going(job):
        return None
    if condition(job, "Complete") or condition(job, "Failed"):
        return _expire(engine, job)
    pods = owned(engine.store, "pods", job)
    failed = [p for p in pods if p["status"]["phase"] == "Failed"]
    done = [p for p in pods if p["status"]["phase"] == "Succeeded"]
    active = [p for p in pods if not terminal(p) and not going(p)]
    job = _suspended(engine, job, active)
    again: float | None = None
    reason = _ending(engine, job, failed, done, active)
    if reason is not None:
        last = max([*failed, *done, *active], key=_ended, default=None)
        wait = 0.0 if last is None else _until(engine, last, NOTICE)
        if reason[0] != "DeadlineExceeded" and wait > 0:
            again = wait
        else:
            _finish(engine, job, pods, *reason)
            return 0.0 if "ttlSecondsAfterFinished" in job["spec"] else None
    elif not job["spec"]["suspend"]:
        again = _start_pods(engine, job, failed, done, active)
        again = _sooner(again, _deadline(engine, job))
    pods = owned(engine.store, "pods", job)
    engine.set_status(job, _status(engine, job, pods, []))
    return again


def _expire(engine: Engine, job: Object) -> float | None:
    """A finished Job with a time to live goes when that is over, its pods first."""
    ttl = job["spec"].get("ttlSecondsAfterFinished")
    if ttl is None:
        return None
    ended = condition(job, "Complete") or condition(job, "Failed") or {}
    left = float(ttl - elapsed(ended["lastTransitionTime"], engine.now))
    if left > 0:
        return left
    delete(engine, job, policy="Foreground")
    return None


def _suspended(engine: Engine, job: Object, active: list[Object]) -> Object:
    """Write down that a Job was suspended or resumed; a suspended one loses its running pods."""
    old = condition(job, "Suspended")
    was = old is not None and old["status"] == "True"
    wanted = bool(job["spec"]["suspend"])
    if wanted:
        for pod in active:
            delete(engine, pod)
            text = f"Deleted pod: {pod['metadata']['name']}"
            engine.event(job, "Normal", "SuccessfulDelete", text, COMPONENT)
        active.clear()
    if was == wanted:
        return job
    word = "suspended" if wanted else "resumed"
    engine.event(job, "Normal", word.capitalize(), f"Job {word}", COMPONENT)
    made = {
        "lastProbeTime": engine.stamp,
        "lastTransitionTime": engine.stamp,
        "message": f"Job {word}",
        "reason": f"Job{word.capitalize()}",
        "status": str(wanted),
        "type": "Suspended",
    }
    status = dict(job.get("status", {}))
    others = [item for item in status.get("conditions", []) if item is not old]
    status["conditions"] = [*others, made]
    status.pop("startTime", None)
    if not wanted:
        status["startTime"] = engine.stamp
    return engine.set_status(job, dict(sorted(status.items())))


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((value for value in (one, other) if value is not None), default=None)


def _ending(
    engine: Engine, job: Object, failed: list[Object], done: list[Object], active: list[Object]
) -> tuple[str, str] | None:
    """Reason and message when the Job has reached its end; the reason of success is empty."""
    spec = job["spec"]
    left = _deadline(engine, job)
    if left is not None and left <= 0:
        return "DeadlineExceeded", "Job was active longer than specified deadline"
    wanted = spec.get("completions")
    if (done and not active) if wanted is None else len(done) >= wanted:
        return "", ""
    restarts = sum(
        status["restartCount"]
        for pod in active
        for status in pod["status"].get("containerStatuses", [])
    )
    over_restarts = spec["template"]["spec"]["restartPolicy"] == "OnFailure" and (
        restarts > 0 and restarts >= spec["backoffLimit"]
    )
    if len(failed) > spec["backoffLimit"] or over_restarts:
        return "BackoffLimitExceeded", "Job has reached the specified backoff limit"
    return None


def _deadline(engine: Engine, job: Object) -> float | None:
    limit = job["spec"].get("activeDeadlineSeconds")
    start = job.get("status", {}).get("startTime")
    if limit is None or start is None:
        return None
    return float(limit - elapsed(start, engine.now))


def _ended(pod: Object) -> datetime:
    """When a pod's last container ended; its creation while one runs."""
    times = [pod["metadata"]["creationTimestamp"]]
    for status in pod["status"].get("containerStatuses", []):
        finished = status["state"].get("terminated", {}).get("finishedAt")
        times += [finished] if finished else []
    return datetime.fromisoformat(max(times))


def _until(engine: Engine, pod: Object, pause: float) -> float:
    """Seconds from now until `pause` seconds after a pod's end; not above zero when past."""
    return pause - (engine.now - _ended(pod)).total_seconds()


def _start_pods(
    engine: Engine, job: Object, failed: list[Object], done: list[Object], active: list[Object]
) -> float | None:
    spec = job["spec"]
    wanted = spec.get("completions")
    if wanted is None:  # a work queue: the first success says that there is nothing left to start
        wanted = 0 if done else spec["parallelism"]
    else:
        wanted -= len(done)
    missing = min(spec["parallelism"], wanted) - len(active)
    if missing <= 0:
        return None
    if failed:
        pause = min(FIRST_BACK_OFF * 2 ** (len(failed) - 1), LAST_BACK_OFF)
        wait = _until(engine, max(failed, key=_ended), pause)
        if wait > 0:
            return wait
    own = job["metadata"]["name"]
    for _ in range(missing):
        serial = engine.count("pod-name", job["metadata"]["uid"])
        pod = pod_of(spec["template"], job, f"{own}-{suffix(engine.seed, own, serial)}")
        pod["metadata"]["generateName"] = f"{own}-"
        answer = create_pod(engine, pod)
        if isinstance(answer, Denied):
            text = f"Error creating: {answer.message}"
            engine.event(job, "Warning", "FailedCreate", text, COMPONENT)
            return FIRST_BACK_OFF
        text = f"Created pod: {answer['metadata']['name']}"
        engine.event(job, "Normal", "SuccessfulCreate", text, COMPONENT)
    return None


def _finish(engine: Engine, job: Object, pods: list[Object], reason: str, message: str) -> None:
    now = engine.stamp
    common = {"lastProbeTime": now, "lastTransitionTime": now, "status": "True"}
    if reason:
        for pod in [pod for pod in pods if not terminal(pod) and not going(pod)]:
            delete(engine, pod)
        why = {**common, "message": message, "reason": reason}
        conditions = [{**why, "type": "FailureTarget"}, {**why, "type": "Failed"}]
        engine.event(job, "Warning", reason, message, COMPONENT)
    else:
        message, reason = "Reached expected number of succeeded pods", "CompletionsReached"
        why = {**common, "message": message, "reason": reason}
        conditions = [{**why, "type": "SuccessCriteriaMet"}, {**why, "type": "Complete"}]
        engine.event(job, "Normal", "Completed", "Job completed", COMPONENT)
    pods = owned(engine.store, "pods", job)
    status = _status(engine, job, pods, conditions)
    if not reason or reason == "CompletionsReached":
        status["completionTime"] = now
    engine.set_status(job, dict(sorted(status.items())))


def _status(
    engine: Engine, job: Object, pods: list[Object], conditions: list[dict[str, Any]]
) -> dict[str, Any]:
    active = [pod for pod in pods if not terminal(pod) and not going(pod)]
    status: dict[str, Any] = {
        "ready": sum(is_ready(pod) for pod in active),
        "startTime": job.get("status", {}).get("startTime", engine.stamp),
        "terminating": sum(going(pod) and not terminal(pod) for pod in pods),
        "uncountedTerminatedPods": {},
    }
    old = condition(job, "Suspended")
    if old is not None:
        conditions = [old, *conditions]
    if job["spec"]["suspend"]:
        del status["startTime"]
    numbers = {
        "active": len(active),
        "failed": sum(pod["status"]["phase"] == "Failed" for pod in pods),
        "succeeded": sum(pod["status"]["phase"] == "Succeeded" for pod in pods),
    }
    status.update({name: value for name, value in numbers.items() if value})
    if conditions:
        status["conditions"] = conditions
    return dict(sorted(status.items()))
