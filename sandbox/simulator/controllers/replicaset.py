"""The ReplicaSet controller: as many pods as wanted, or the reason why not."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

from sandbox.simulator.admission import Denied, create_pod
from sandbox.simulator.clock import seconds
from sandbox.simulator.conditions import condition, is_ready
from sandbox.simulator.controllers.owned import owned, reference
from sandbox.simulator.deletion import delete, going
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import suffix
from sandbox.simulator.store import Object

COMPONENT = "replicaset-controller"
FIRST_RETRY = 0.005
"""Seconds until a failed creation is tried again; doubled each time (client-go's rate limiter)."""
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
LAST_RETRY = 1000.0
"""Longest pause between tries, seconds."""


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Bring the number of pods of a ReplicaSet to what it wants, and write its status."""
    replicaset = engine.store.get("apps/replicasets", namespace, name)
    if replicaset is None:
        return None
    if going(replicaset):
        return None
    pods = _active(engine, replicaset)
    wanted = replicaset["spec"].get("replicas", 1)
    tries = ("replicaset", replicaset["metadata"]["uid"])
    failure: str | None = None
    if len(pods) < wanted:
        wait = (engine.memory.get((*tries, "until"), engine.now) - engine.now).total_seconds()
        if wait > 0:
            return float(wait)
        failure = _create(engine, replicaset, wanted - len(pods))
    elif len(pods) > wanted:
        for pod in _victims(pods, len(pods) - wanted):
            _delete(engine, replicaset, pod)
    pods = _active(engine, replicaset)
    engine.set_status(replicaset, _status(engine, replicaset, pods, failure))
    if failure is None:
        engine.memory.pop((*tries, "step"), None)
        engine.memory.pop((*tries, "until"), None)
        return None
    return _back_off(engine, tries)


def _active(engine: Engine, replicaset: Object) -> list[Object]:
    """The pods that count: neither ended nor on their way out."""
    pods = owned(engine.store, "pods", replicaset)
    return [pod for pod in pods if not terminal(pod) and not going(pod)]


def pod_of(template: dict[str, Any], owner: Object, name: str) -> Object:
    """A pod from an owner's template, not yet admitted."""
    meta = copy.deepcopy(template.get("metadata", {}))
    meta.update(
        name=name,
        namespace=owner["metadata"]["namespace"],
        ownerReferences=[reference(owner)],
    )
    spec = copy.deepcopy(template["spec"])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def _create(engine: Engine, replicaset: Object, number: int) -> str | None:
    """Create pods until one is refused; returns the refusal."""
    own = replicaset["metadata"]["name"]
    for _ in range(number):
        serial = engine.count("pod-name", replicaset["metadata"]["uid"])
        pod = pod_of(
            replicaset["spec"]["template"], replicaset, f"{own}-{suffix(engine.seed, own, serial)}"
        )
        pod["metadata"]["generateName"] = f"{own}-"
        answer = create_pod(engine, pod)
        if isinstance(answer, Denied):
            text = f"Error creating: {answer.message}"
            engine.event(replicaset, "Warning", "FailedCreate", text, COMPONENT)
            return answer.message
        text = f"Created pod: {answer['metadata']['name']}"
        engine.event(replicaset, "Normal", "SuccessfulCreate", text, COMPONENT)
    return None


def _victims(pods: list[Object], number: int) -> list[Object]:
    """Which pods go first, as `ActivePodsWithRanks` sorts them.

    Unscheduled before scheduled, pending before running, not ready before ready, cheap before dear
    (pod-deletion-cost), crowded nodes first, then younger and more often restarted pods.
    """
    crowd = Counter(pod["spec"].get("nodeName") for pod in pods)

    def rank(pod: Object) -> tuple[Any, ...]:
        ready = condition(pod, "Ready")
        since = ready["lastTransitionTime"] if ready else ""
        restarts = sum(s["restartCount"] for s in pod["status"].get("containerStatuses", []))
        notes = pod["metadata"].get("annotations", {})
        return (
            bool(pod["spec"].get("nodeName")),
            pod["status"].get("phase") == "Running",
            is_ready(pod),
            _number(notes.get(DELETION_COST, "0")),
            -crowd[pod["spec"].get("nodeName")],
            _Latest(since),
            -restarts,
            _Latest(pod["metadata"]["creationTimestamp"]),
            _Latest(pod["metadata"]["name"]),
        )

    return sorted(pods, key=rank)[:number]


class _Latest(str):
    """A text that sorts backwards: the youngest first."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0


def _delete(engine: Engine, replicaset: Object, pod: Object) -> None:
    meta = pod["metadata"]
    delete(engine, pod)
    text = f"Deleted pod: {meta['name']}"
    engine.event(replicaset, "Normal", "SuccessfulDelete", text, COMPONENT)


def _back_off(engine: Engine, tries: tuple[str, ...]) -> float:
    step = int(engine.memory.get((*tries, "step"), 0))
    pause: float = min(FIRST_RETRY * 2**step, LAST_RETRY)
    engine.memory[(*tries, "step")] = step + 1
    engine.memory[(*tries, "until")] = engine.now + seconds(pause)
    return pause


def _status(
    engine: Engine, replicaset: Object, pods: list[Object], failure: str | None
) -> dict[str, Any]:
    ready = sum(is_ready(pod) for pod in pods)
    status: dict[str, Any] = {
        "fullyLabeledReplicas": len(pods),
        "observedGeneration": replicaset["metadata"].get("generation", 1),
        "replicas": len(pods),
        "terminatingReplicas": sum(
            going(pod) and not terminal(pod) for pod in owned(engine.store, "pods", replicaset)
        ),
    }
    if not pods:
        del status["fullyLabeledReplicas"]
    if ready:
        status.update(availableReplicas=ready, readyReplicas=ready)
    old = condition(replicaset, "ReplicaFailure")
    if failure is not None:
        status["conditions"] = [
            old
            or {
                "lastTransitionTime": engine.stamp,
                "message": failure,
                "reason": "FailedCreate",
                "status": "True",
                "type": "ReplicaFailure",
            }
        ]
    return status
