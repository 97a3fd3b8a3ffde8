"""The Deployment controller: ReplicaSets by template, rolling updates, progress and availability."""

from __future__ import annotations

import copy
import math
from datetime import datetime
from typing import Any

from sandbox.simulator.controllers.owned import condition, owned, reference
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import template_hash
from sandbox.simulator.store import Object

COMPONENT = "deployment-controller"
REVISION = "deployment.kubernetes.io/revision"
_DESIRED = "deployment.kubernetes.io/desired-replicas"
_MAXIMUM = "deployment.kubernetes.io/max-replicas"
HASH = "pod-template-hash"


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """One step of a Deployment towards its template and replica count."""
    deployment = engine.store.get("apps/deployments", namespace, name)
    if deployment is None:
        return None
    sets = owned(engine.store, "apps/replicasets", deployment)
    current = _current(deployment, sets)
    paused = bool(deployment["spec"].get("paused"))
    created = current is None and not paused
    if created:
        current = _new_set(engine, deployment, sets)
    elif current is not None and not paused:
        deployment = _revised(engine, deployment, current)
        _scale(engine, deployment, current, [s for s in sets if s is not current])
    sets = owned(engine.store, "apps/replicasets", deployment)
    return _write_status(engine, deployment, sets, created=created)


def _current(deployment: Object, sets: list[Object]) -> Object | None:
    """The ReplicaSet whose template is the Deployment's."""
    wanted = _template(deployment)
    for replicaset in sets:
        template = copy.deepcopy(_template(replicaset))
        template.get("metadata", {}).get("labels", {}).pop(HASH, None)
        if template == wanted:
            return replicaset
    return None


def _template(obj: Object) -> dict[str, Any]:
    template: dict[str, Any] = obj["spec"]["template"]
    return template


def _new_set(engine: Engine, deployment: Object, sets: list[Object]) -> Object:
    template = copy.deepcopy(_template(deployment))
    digest = template_hash(template)
    labels = {**template.setdefault("metadata", {}).get("labels", {}), HASH: digest}
    template["metadata"]["labels"] = labels
    meta = deployment["metadata"]
    selector = copy.deepcopy(deployment["spec"]["selector"])
    selector.setdefault("matchLabels", {})[HASH] = digest
    revision = max([_revision(s) for s in sets], default=0) + 1
    size = _target(deployment, 0, sets)
    stored = engine.create(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "annotations": {**_numbers(deployment), REVISION: str(revision)},
                "labels": labels,
                "name": f"{meta['name']}-{digest}",
                "namespace": meta["namespace"],
                "ownerReferences": [reference(deployment)],
            },
            "spec": {"replicas": size, "selector": selector, "template": template},
            "status": {"replicas": 0},
        }
    )
    _revised(engine, deployment, stored)
    if size:
        _say_scaled(engine, deployment, stored, 0)
    return stored


def _revision(obj: Object) -> int:
    return int(obj["metadata"].get("annotations", {}).get(REVISION, "0"))


def _numbers(deployment: Object) -> dict[str, str]:
    replicas = deployment["spec"]["replicas"]
    return {_DESIRED: str(replicas), _MAXIMUM: str(replicas + _surge(deployment))}


def _revised(engine: Engine, deployment: Object, current: Object) -> Object:
    """The Deployment with its revision annotation; a ReplicaSet rolled back to gets a new one."""
    sets = owned(engine.store, "apps/replicasets", deployment)
    newest = max(_revision(s) for s in sets)
    revision = _revision(engine.store.get("apps/replicasets", *_place(current)) or current)
    if revision < newest:
        revision = newest + 1
        _annotate(engine, current, {REVISION: str(revision)})
    notes = deployment["metadata"].get("annotations", {})
    if notes.get(REVISION) == str(revision):
        return deployment
    return _annotate(engine, deployment, {REVISION: str(revision)})


def _annotate(engine: Engine, obj: Object, notes: dict[str, str]) -> Object:
    meta = obj["metadata"]
    merged = dict(sorted({**meta.get("annotations", {}), **notes}.items()))
    return engine.store.put({**obj, "metadata": {**meta, "annotations": merged}})


def _place(obj: Object) -> tuple[str, str]:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def _share(value: int | str, replicas: int, *, up: bool) -> int:
    """A number, or a percentage of the replicas rounded up or down."""
    if isinstance(value, int):
        return value
    exact = replicas * int(value.rstrip("%")) / 100
    return math.ceil(exact) if up else math.floor(exact)


def _surge(deployment: Object) -> int:
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
    return 1 if share == 0 and _surge(deployment) == 0 else min(share, replicas)


def _scale(engine: Engine, deployment: Object, current: Object, old: list[Object]) -> None:
    """One step of the rollout: the new set up as far as the surge allows, the old ones down."""
    replicas = deployment["spec"]["replicas"]
    recreate = deployment["spec"]["strategy"]["type"] == "Recreate"
    _resize(engine, deployment, current, _target(deployment, current["spec"]["replicas"], old))
    new_available = current.get("status", {}).get("availableReplicas", 0)
    for replicaset in sorted(old, key=_revision):
        size = replicaset["spec"]["replicas"]
        if size == 0:
            continue
        available = new_available + sum(s.get("status", {}).get("availableReplicas", 0) for s in old)
        healthy = replicaset.get("status", {}).get("availableReplicas", 0)
        if recreate:
            spare = size
        else:
            spare = available - (replicas - max_unavailable(deployment))
            spare = max(spare, 0) + (size - healthy)  # pods that are down anyway cost nothing
        gone = min(size, spare)
        if gone > 0:
            _resize(engine, deployment, replicaset, size - gone)
            return  # one set a step, as its status must be seen first


def _target(deployment: Object, size: int, old: list[Object]) -> int:
    """How many pods the new set may have, beside what the old ones still have."""
    replicas: int = deployment["spec"]["replicas"]
    if deployment["spec"]["strategy"]["type"] == "Recreate":
        return size if any(s.get("status", {}).get("replicas", 0) for s in old) else replicas
    room = replicas + _surge(deployment) - sum(s["spec"]["replicas"] for s in old)
    return min(replicas, max(room, size))


def _resize(engine: Engine, deployment: Object, replicaset: Object, size: int) -> None:
    stored = engine.store.get("apps/replicasets", *_place(replicaset)) or replicaset
    before = stored["spec"]["replicas"]
    notes = {**stored["metadata"].get("annotations", {}), **_numbers(deployment)}
    meta = {**stored["metadata"], "annotations": dict(sorted(notes.items()))}
    engine.store.put({**stored, "metadata": meta, "spec": {**stored["spec"], "replicas": size}})
    if size != before:
        stored = engine.store.get("apps/replicasets", *_place(replicaset)) or stored
        _say_scaled(engine, deployment, stored, before)


def _say_scaled(engine: Engine, deployment: Object, replicaset: Object, before: int) -> None:
    name, size = replicaset["metadata"]["name"], replicaset["spec"]["replicas"]
    way = "up" if size > before else "down"
    text = f"Scaled {way} replica set {name} from {before} to {size}"
    engine.event(deployment, "Normal", "ScalingReplicaSet", text, COMPONENT)


def _write_status(
    engine: Engine, deployment: Object, sets: list[Object], *, created: bool
) -> float | None:
    current = _current(deployment, sets)
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
        _set(engine, new, "ReplicaFailure", "True", failure["reason"], failure["message"])
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
        "unavailableReplicas": max(
            sum(s["spec"]["replicas"] for s in sets) - available, 0
        ),
    }
    kept: dict[str, Any] = {name: value for name, value in counts.items() if value}
    kept["observedGeneration"] = deployment["metadata"].get("generation", 1)
    kept["terminatingReplicas"] = 0
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
    if found and found["reason"] == "NewReplicaSetAvailable" and not _rolling(old, counts):
        return None  # a finished rollout stays finished when its pods break later
    moved = any(
        counts.get(field, 0) > old.get(field, 0)
        for field in ("updatedReplicas", "readyReplicas", "availableReplicas")
    ) or (counts.get("replicas", 0) - updated < old.get("replicas", 0) - old.get("updatedReplicas", 0))
    if moved:
        text = f"{name} is progressing."
        _set(engine, new, "Progressing", "True", "ReplicaSetUpdated", text, touch=True)
        found = condition(new, "Progressing")
    if found is None or found["status"] == "False":
        return None
    last = datetime.fromisoformat(found["lastUpdateTime"])
    left = deployment["spec"]["progressDeadlineSeconds"] - (engine.now - last).total_seconds()
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
    if old and (old["status"], old["reason"], old["message"]) == (status, reason, message):
        if not touch:
            return
    same = old is not None and old["status"] == status
    _drop(obj, type_)
    obj["status"]["conditions"].append(
        {
            "lastTransitionTime": old["lastTransitionTime"] if old and same else engine.stamp,
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
