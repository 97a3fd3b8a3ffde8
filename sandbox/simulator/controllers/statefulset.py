"""The StatefulSet controller: pods in order, each with its claims."""

from __future__ import annotations

import copy
import re
from typing import Any

from sandbox.simulator.admission import Denied, create_pod
from sandbox.simulator.conditions import is_ready
from sandbox.simulator.controllers.owned import owned
from sandbox.simulator.controllers.replicaset import pod_of
from sandbox.simulator.controllers.revisions import remember, template_of
from sandbox.simulator.deletion import delete, going
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import template_hash
from sandbox.simulator.store import Object

COMPONENT = "statefulset-controller"
RETRY = 15.0
"""Seconds until a refused pod is tried again."""


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """One step of a StatefulSet: missing pods, surplus pods, outdated pods; then its status."""
    sts = engine.store.get("apps/statefulsets", namespace, name)
    if sts is None or going(sts):
        return None
    revision = f"{name}-{template_hash(sts['spec']['template'])}"
    pods = {_ordinal(pod): pod for pod in _members(engine, sts)}
    _remember_revision(engine, sts, revision, pods)
    refused = _step(engine, sts, revision, pods)
    engine.set_status(sts, _status(sts, revision, _members(engine, sts)))
    return RETRY if refused else None


def _members(engine: Engine, sts: Object) -> list[Object]:
    """The pods that it owns and whose names it could have given."""
    name = re.compile(re.escape(sts["metadata"]["name"]) + "-[0-9]{1,10}")
    return [
        pod for pod in owned(engine.store, "pods", sts) if name.fullmatch(pod["metadata"]["name"])
    ]


def _ordinal(pod: Object) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])


def _ordinals(sts: Object) -> range:
    """The ordinals its pods have: as many as replicas, from spec.ordinals.start on."""
    start = (sts["spec"].get("ordinals") or {}).get("start", 0)
    return range(start, start + sts["spec"]["replicas"])


def _partition(sts: Object) -> int:
    """The first ordinal that a rolling update replaces; the partition counts from the start."""
    rolling = sts["spec"]["updateStrategy"].get("rollingUpdate") or {}
    return _ordinals(sts).start + int(rolling.get("partition", 0))


def _step(engine: Engine, sts: Object, revision: str, pods: dict[int, Object]) -> bool:
    """What the controller does in one pass, in its order; True when a pod was refused.

    With OrderedReady each pod waits for the one before it, up and down.
    """
    ordered = sts["spec"]["podManagementPolicy"] == "OrderedReady"
    for ordinal in _ordinals(sts):
        pod = pods.get(ordinal)
        if pod is None:
            if not _create(engine, sts, _revision_for(sts, ordinal, revision), ordinal):
                return True
            if ordered:
                return False
        elif terminal(pod) and not going(pod):
            meta = sts["metadata"]
            what = "failed" if pod["status"]["phase"] == "Failed" else "terminated"
            text = (
                f"StatefulSet {meta['namespace']}/{meta['name']} is recreating {what} Pod "
                f"{pod['metadata']['name']}"
            )
            reason = "RecreatingFailedPod" if what == "failed" else "RecreatingTerminatedPod"
            engine.event(sts, "Warning", reason, text, COMPONENT)
            _delete(engine, sts, pod, meta["name"])
            if ordered:
                return False
        elif ordered and not is_ready(pod):
            return False  # on its way up, or on its way out
    if not _remove_surplus(engine, sts, pods, ordered=ordered):
        _replace_outdated(engine, sts, revision, pods)
    return False


def _revision_for(sts: Object, ordinal: int, revision: str) -> str:
    """Pods below the partition are made of the current revision, the others of the new one."""
    rolling = sts["spec"]["updateStrategy"]["type"] == "RollingUpdate"
    if rolling and ordinal < _partition(sts):
        return str(sts.get("status", {}).get("currentRevision") or revision)
    return revision


def _create(engine: Engine, sts: Object, revision: str, ordinal: int) -> bool:
    own = sts["metadata"]["name"]
    name = f"{own}-{ordinal}"
    pod = pod_of(template_of(engine, sts, revision), sts, name)
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


def _remove_surplus(engine: Engine, sts: Object, pods: dict[int, Object], *, ordered: bool) -> bool:
    """Delete pods that are not of its ordinals, the last one first; True while there are any."""
    own, surplus = sts["metadata"]["name"], False
    for ordinal in sorted(pods.keys() - set(_ordinals(sts)), reverse=True):
        surplus = True
        if not going(pods[ordinal]):
            _delete(engine, sts, pods[ordinal], own)
        if ordered:
            break
    return surplus


def _replace_outdated(engine: Engine, sts: Object, revision: str, pods: dict[int, Object]) -> None:
    """RollingUpdate: from the last ordinal down, one at a time, when the rest are ready."""
    if sts["spec"]["updateStrategy"]["type"] != "RollingUpdate":
        return
    for ordinal in reversed(range(_partition(sts), _ordinals(sts).stop)):
        pod = pods.get(ordinal)
        if pod is None:
            continue
        outdated = pod["metadata"]["labels"].get("controller-revision-hash") != revision
        if outdated and not going(pod):
            _delete(engine, sts, pod, sts["metadata"]["name"])
            return
        if not is_ready(pod):
            return


def _delete(engine: Engine, sts: Object, pod: Object, own: str) -> None:
    name = pod["metadata"]["name"]
    delete(engine, pod)
    text = f"Delete Pod {name} in StatefulSet {own} successful"
    engine.event(sts, "Normal", "SuccessfulDelete", text, COMPONENT)


def _remember_revision(engine: Engine, sts: Object, revision: str, pods: dict[int, Object]) -> None:
    labels = {**sts["spec"]["selector"]["matchLabels"]}
    labels["controller.kubernetes.io/hash"] = revision.rpartition("-")[2]
    used = {pod["metadata"]["labels"].get("controller-revision-hash", "") for pod in pods.values()}
    used.add(str(sts.get("status", {}).get("currentRevision", "")))
    remember(engine, sts, revision, labels, used)


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
