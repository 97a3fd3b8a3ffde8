"""The Deployment controller: ReplicaSets by template, rolling updates, progress and availability."""

from __future__ import annotations

import copy
import re
from typing import Any

from sandbox.simulator.controllers.owned import owned, reference
from sandbox.simulator.controllers.rollout import max_unavailable, surge, write_status
from sandbox.simulator.deletion import delete, going
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
    if deployment is None or going(deployment):
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
    elif paused:
        _scale_paused(engine, deployment, sets)
    sets = owned(engine.store, "apps/replicasets", deployment)
    current = _current(deployment, sets)
    again = write_status(engine, deployment, sets, current, created=created)
    if current is not None and not paused:
        _prune(engine, deployment, [s for s in sets if s is not current])
    return again


def _scale_paused(engine: Engine, deployment: Object, sets: list[Object]) -> None:
    """A paused Deployment rolls nothing out, but it still grows and shrinks."""
    living = [item for item in sets if item["spec"]["replicas"]] or sets[-1:]
    if len(living) == 1 and living[0]["spec"]["replicas"] != deployment["spec"]["replicas"]:
        _resize(engine, deployment, living[0], deployment["spec"]["replicas"])


def _prune(engine: Engine, deployment: Object, old: list[Object]) -> None:
    """Forget empty ReplicaSets beyond revisionHistoryLimit once the rollout is complete."""
    stored = engine.store.get("apps/deployments", *_place(deployment)) or deployment
    status, wanted = stored.get("status", {}), stored["spec"]["replicas"]
    numbers = [status.get(f, 0) for f in ("updatedReplicas", "replicas", "availableReplicas")]
    if numbers != [wanted] * 3:
        return
    empty = [
        item
        for item in sorted(old, key=_revision)
        if not item["spec"]["replicas"]
        and not item.get("status", {}).get("replicas", 0)
        and not going(item)
    ]
    surplus = len(empty) - int(deployment["spec"].get("revisionHistoryLimit", 10))
    for item in empty[: max(surplus, 0)]:
        delete(engine, item)


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
    """The revision that an annotation says; anybody may have written something else there."""
    text = obj["metadata"].get("annotations", {}).get(REVISION, "0")
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


def _numbers(deployment: Object) -> dict[str, str]:
    replicas = deployment["spec"]["replicas"]
    return {_DESIRED: str(replicas), _MAXIMUM: str(replicas + surge(deployment))}


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
        available = new_available + sum(
            s.get("status", {}).get("availableReplicas", 0) for s in old
        )
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
    replicas = int(deployment["spec"]["replicas"])
    if deployment["spec"]["strategy"]["type"] == "Recreate":
        fields = ("replicas", "terminatingReplicas")
        left = any(s.get("status", {}).get(field, 0) for s in old for field in fields)
        return size if left else replicas
    room = replicas + surge(deployment) - sum(int(s["spec"]["replicas"]) for s in old)
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
