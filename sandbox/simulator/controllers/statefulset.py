"""The StatefulSet controller: pods in order, each with its claims."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.simulator.admission import Denied, create_pod
from sandbox.simulator.controllers.owned import is_ready, owned, reference
from sandbox.simulator.controllers.replicaset import pod_of
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import template_hash
from sandbox.simulator.store import Object

COMPONENT = "statefulset-controller"
RETRY = 15.0
"""Seconds until a refused pod is tried again."""


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Create the next missing pod, replace one of an older revision, and write the status."""
    sts = engine.store.get("apps/statefulsets", namespace, name)
    if sts is None:
        return None
    revision = f"{name}-{template_hash(sts['spec']['template'])}"
    _remember_revision(engine, sts, revision)
    pods = {_ordinal(pod): pod for pod in owned(engine.store, "pods", sts)}
    refused = _create_missing(engine, sts, revision, pods)
    _remove_surplus(engine, sts, pods)
    _replace_outdated(engine, sts, revision, pods)
    found = owned(engine.store, "pods", sts)
    engine.set_status(sts, _status(sts, revision, found))
    return RETRY if refused else None


def _ordinal(pod: Object) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])


def _create_missing(engine: Engine, sts: Object, revision: str, pods: dict[int, Object]) -> bool:
    """Create pods by ordinal; with OrderedReady each waits for the one before. True: refused."""
    ordered = sts["spec"]["podManagementPolicy"] == "OrderedReady"
    for ordinal in range(sts["spec"]["replicas"]):
        pod = pods.get(ordinal)
        if pod is None:
            if not _create(engine, sts, revision, ordinal):
                return True
            if ordered:
                return False
        elif ordered and not is_ready(pod):
            return False
    return False


def _create(engine: Engine, sts: Object, revision: str, ordinal: int) -> bool:
    own = sts["metadata"]["name"]
    name = f"{own}-{ordinal}"
    pod = pod_of(sts["spec"]["template"], sts, name)
    pod["metadata"]["generateName"] = f"{own}-"
    labels = {
        **pod["metadata"].get("labels", {}),
        "apps.kubernetes.io/pod-index": str(ordinal),
        "controller-revision-hash": revision,
        "statefulset.kubernetes.io/pod-name": name,
    }
    pod["metadata"]["labels"] = labels
    pod["spec"].update(hostname=name, subdomain=sts["spec"].get("serviceName", ""))
    volumes = pod["spec"].setdefault("volumes", [])
    for template in sts["spec"].get("volumeClaimTemplates", []):
        claim = f"{template['metadata']['name']}-{name}"
        volume = {"name": template["metadata"]["name"]}
        volumes.insert(0, {**volume, "persistentVolumeClaim": {"claimName": claim}})
        _claim(engine, sts, template, claim, name)
    answer = create_pod(engine, pod)
    if isinstance(answer, Denied):
        text = f"create Pod {name} in StatefulSet {own} failed error: {answer.message}"
        engine.event(sts, "Warning", "FailedCreate", text, COMPONENT)
        return False
    text = f"Create Pod {name} in StatefulSet {own} successful"
    engine.event(sts, "Normal", "SuccessfulCreate", text, COMPONENT)
    return True


def _claim(engine: Engine, sts: Object, template: Object, claim: str, pod: str) -> None:
    from sandbox.simulator.controllers.claims import create_claim

    namespace, own = sts["metadata"]["namespace"], sts["metadata"]["name"]
    if engine.store.get("persistentvolumeclaims", namespace, claim) is not None:
        return
    labels = {**template["metadata"].get("labels", {}), **sts["spec"]["selector"]["matchLabels"]}
    create_claim(
        engine,
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"labels": labels, "name": claim, "namespace": namespace},
            "spec": copy.deepcopy(template["spec"]),
        },
    )
    text = f"Create Claim {claim} Pod {pod} in StatefulSet {own} success"
    engine.event(sts, "Normal", "SuccessfulCreate", text, COMPONENT)


def _remove_surplus(engine: Engine, sts: Object, pods: dict[int, Object]) -> None:
    own = sts["metadata"]["name"]
    for ordinal in sorted(pods, reverse=True):
        if ordinal >= sts["spec"]["replicas"]:
            _delete(engine, sts, pods[ordinal], own)
            return


def _replace_outdated(engine: Engine, sts: Object, revision: str, pods: dict[int, Object]) -> None:
    """RollingUpdate: from the last ordinal down, one at a time, when the rest are ready."""
    strategy = sts["spec"]["updateStrategy"]
    if strategy["type"] != "RollingUpdate":
        return
    partition = strategy["rollingUpdate"].get("partition", 0)
    for ordinal in sorted(pods, reverse=True):
        if ordinal < partition or ordinal >= sts["spec"]["replicas"]:
            continue
        pod = pods[ordinal]
        if pod["metadata"]["labels"].get("controller-revision-hash") != revision:
            _delete(engine, sts, pod, sts["metadata"]["name"])
            return
        if not is_ready(pod):
            return


def _delete(engine: Engine, sts: Object, pod: Object, own: str) -> None:
    name = pod["metadata"]["name"]
    engine.store.delete("pods", pod["metadata"]["namespace"], name)
    text = f"Delete Pod {name} in StatefulSet {own} successful"
    engine.event(sts, "Normal", "SuccessfulDelete", text, COMPONENT)


def _remember_revision(engine: Engine, sts: Object, revision: str) -> None:
    """Keep a ControllerRevision for each template, as `rollout history` reads them."""
    meta = sts["metadata"]
    if engine.store.get("apps/controllerrevisions", meta["namespace"], revision) is not None:
        return
    number = len(owned(engine.store, "apps/controllerrevisions", sts)) + 1
    labels = {**sts["spec"]["selector"]["matchLabels"]}
    labels["controller.kubernetes.io/hash"] = revision.rpartition("-")[2]
    template = {**copy.deepcopy(sts["spec"]["template"]), "$patch": "replace"}
    engine.create(
        {
            "apiVersion": "apps/v1",
            "data": {"spec": {"template": template}},
            "kind": "ControllerRevision",
            "metadata": {
                "labels": labels,
                "name": revision,
                "namespace": meta["namespace"],
                "ownerReferences": [reference(sts)],
            },
            "revision": number,
        }
    )


def _status(sts: Object, revision: str, pods: list[Object]) -> dict[str, Any]:
    def of(hash_: str) -> int:
        return sum(p["metadata"]["labels"].get("controller-revision-hash") == hash_ for p in pods)

    ready = sum(is_ready(pod) for pod in pods)
    old = sts.get("status", {}).get("currentRevision", revision)
    current = revision if of(revision) == sts["spec"]["replicas"] else old
    status: dict[str, Any] = {
        "availableReplicas": ready,
        "collisionCount": 0,
        "currentRevision": current,
        "observedGeneration": sts["metadata"].get("generation", 1),
        "replicas": len(pods),
        "updateRevision": revision,
    }
    numbers = {
        "currentReplicas": of(current),
        "readyReplicas": ready,
        "updatedReplicas": of(revision),
    }
    status.update({name: value for name, value in numbers.items() if value})
    return dict(sorted(status.items()))
