"""How far a rollout is: a Deployment's counts, its conditions, and how many pods may be missing."""

from __future__ import annotations

import math
from typing import Any

from sandbox.simulator.conditions import condition, since
from sandbox.simulator.durations import elapsed
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object


def _share(value: int | str, replicas: int, *, up: bool) -> int:
    """A number, or a percentage of the replicas rounded up or down."""
    if isinstance(value, int):
        return value
    exact = replicas * int(value.rstrip("%")) / 100
    return math.ceil(exact) if up else math.floor(exact)


def surge(deployment: Object) -> int:
    """How many pods beyond its replicas a rolling update may have."""
    rolling = deployment["spec"]["strategy"].get("rollingUpdate")
    if not rolling:
        return 0
    return _share(rolling.get("maxSurge", "25%"), deployment["spec"]["replicas"], up=True)


def max_unavailable(deployment: Object) -> int:
    """How many pods may be missing during a rolling update."""
    rolling = deployment["spec"]["strategy"].get("rollingUpdate")
    replicas = deployment["spec"]["replicas"]
    if not rolling or not replicas:
        return 0
    share = _share(rolling.get("maxUnavailable", "25%"), replicas, up=False)
    return 1 if share == 0 and surge(deployment) == 0 else min(share, replicas)


def write_status(
    engine: Engine,
    deployment: Object,
    sets: list[Object],
    current: Object | None,
    *,
    created: bool,
) -> float | None:
    """Write a Deployment's status; returns seconds until its progress deadline must be looked at."""
    counts = _counts(deployment, sets, current)
    new = {"status": {"conditions": list(deployment.get("status", {}).get("conditions", []))}}
    if created and current is not None:
        text = f'Created new replica set "{current["metadata"]["name"]}"'
        _set(engine, new, "Progressing", "True", "NewReplicaSetCreated", text)
    enough = counts.get("availableReplicas", 0) >= deployment["spec"]["replicas"] - max_unavailable(
        deployment
    )
    if enough:
        text = "Deployment has minimum availability."
        _set(engine, new, "Available", "True", "MinimumReplicasAvailable", text)
    else:
        text = "Deployment does not have minimum availability."
        _set(engine, new, "Available", "False", "MinimumReplicasUnavailable", text)
    again = _progress(engine, deployment, current, counts, new)
    failure = current and condition(current, "ReplicaFailure")
    if failure:
        _set(
            engine,
            new,
            "ReplicaFailure",
            "True",
            failure.get("reason", ""),
            failure.get("message", ""),
        )
    else:
        _drop(new, "ReplicaFailure")
    status = {**counts, "conditions": new["status"]["conditions"]}
    engine.set_status(deployment, dict(sorted(status.items())))
    return again


def _counts(deployment: Object, sets: list[Object], current: Object | None) -> dict[str, Any]:
    def total(field: str, of: list[Object]) -> int:
        return sum(s.get("status", {}).get(field, 0) for s in of)

    available = total("availableReplicas", sets)
    counts = {
        "availableReplicas": available,
        "readyReplicas": total("readyReplicas", sets),
        "replicas": total("replicas", sets),
        "updatedReplicas": total("replicas", [current] if current else []),
        "unavailableReplicas": max(sum(s["spec"]["replicas"] for s in sets) - available, 0),
    }
    kept: dict[str, Any] = {name: value for name, value in counts.items() if value}
    kept["observedGeneration"] = deployment["metadata"].get("generation", 1)
    kept["terminatingReplicas"] = total("terminatingReplicas", sets)
    return kept


def _progress(
    engine: Engine,
    deployment: Object,
    current: Object | None,
    counts: dict[str, Any],
    new: Object,
) -> float | None:
    """Write the Progressing condition; returns seconds until the deadline must be looked at."""
    if deployment["spec"].get("paused"):
        _set(engine, new, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
        return None
    found = condition(new, "Progressing")
    if found and found.get("reason") == "DeploymentPaused":
        text = "Deployment is resumed"
        _set(engine, new, "Progressing", "Unknown", "DeploymentResumed", text)
    if current is None:
        return None
    name = f'ReplicaSet "{current["metadata"]["name"]}"'
    wanted = deployment["spec"]["replicas"]
    updated, available = counts.get("updatedReplicas", 0), counts.get("availableReplicas", 0)
    old = deployment.get("status", {})
    found = condition(new, "Progressing")
    if updated == available == wanted == counts.get("replicas", 0):
        text = f"{name} has successfully progressed."
        _set(engine, new, "Progressing", "True", "NewReplicaSetAvailable", text)
        return None
    if found and found.get("reason") == "NewReplicaSetAvailable" and not _rolling(old, counts):
        return None  # a finished rollout stays finished when its pods break later
    moved = any(
        counts.get(field, 0) > old.get(field, 0)
        for field in ("updatedReplicas", "readyReplicas", "availableReplicas")
    ) or (
        counts.get("replicas", 0) - updated < old.get("replicas", 0) - old.get("updatedReplicas", 0)
    )
    if moved:
        text = f"{name} is progressing."
        _set(engine, new, "Progressing", "True", "ReplicaSetUpdated", text, touch=True)
        found = condition(new, "Progressing")
    if found is None or found["status"] == "False":
        return None
    last = found.get("lastUpdateTime") or found["lastTransitionTime"]
    left = deployment["spec"]["progressDeadlineSeconds"] - elapsed(last, engine.now)
    if left > 0:
        return float(left) + 0.5
    text = f"{name} has timed out progressing."
    _set(engine, new, "Progressing", "False", "ProgressDeadlineExceeded", text)
    return None


def _rolling(old: dict[str, Any], counts: dict[str, Any]) -> bool:
    """Whether more pods are of the new template than before, or old ones are left."""
    return bool(
        counts.get("updatedReplicas", 0) > old.get("updatedReplicas", 0)
        or counts.get("replicas", 0) > counts.get("updatedReplicas", 0)
    )


def _set(
    engine: Engine,
    obj: Object,
    type_: str,
    status: str,
    reason: str,
    message: str,
    *,
    touch: bool = False,
) -> None:
    """Set a condition as the controller does: a changed one moves to the end of the list."""
    old = condition(obj, type_)
    unchanged = old and (old["status"], old.get("reason"), old.get("message")) == (
        status,
        reason,
        message,
    )
    if unchanged and not touch:
        return
    _drop(obj, type_)
    obj["status"]["conditions"].append(
        {
            "lastTransitionTime": since(old, status, engine.stamp),
            "lastUpdateTime": engine.stamp,
            "message": message,
            "reason": reason,
            "status": status,
            "type": type_,
        }
    )


def _drop(obj: Object, type_: str) -> None:
    kept = [item for item in obj["status"]["conditions"] if item["type"] != type_]
    obj["status"]["conditions"] = kept
