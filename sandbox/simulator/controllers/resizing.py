"""Growing a bound claim: controller side, then the file system on the node of a pod that mounts it."""

from __future__ import annotations

from sandbox.simulator.conditions import condition
from sandbox.simulator.controllers.volumes import class_spec
from sandbox.simulator.engine import Engine
from sandbox.simulator.quantity import size
from sandbox.simulator.store import Object

CONTROLLER_SECONDS = 8.0
"""Seconds that a driver takes to enlarge a volume."""
NODE_SECONDS = 25.0
"""Seconds until the kubelet of a mounted volume has enlarged the file system."""
RESYNC = 30.0


def look(engine: Engine, claim: Object, volume: Object) -> float | None:
    """One step of a resize; seconds until the next, None when there is nothing to do."""
    wanted = claim["spec"]["resources"]["requests"]["storage"]
    has = claim["status"].get("capacity", {}).get("storage", "0")
    if size(wanted) <= size(has):
        return None
    name = claim["spec"].get("storageClassName") or ""
    storage_class = engine.store.get("storage.k8s.io/storageclasses", None, name)
    if storage_class is None or not storage_class.get("allowVolumeExpansion"):
        return None
    driver, own = storage_class["provisioner"], volume["metadata"]["name"]
    if size(volume["spec"]["capacity"]["storage"]) < size(wanted):
        return _enlarge(engine, claim, volume, driver, stuck=class_spec(engine, name).resize)
    if not _mounted(engine, claim):
        return None  # until a pod mounts it
    waiting = condition(claim, "FileSystemResizePending")
    node_key = ("resize", claim["metadata"]["uid"], wanted)
    since = engine.memory.setdefault(node_key, engine.now)
    left = NODE_SECONDS - (engine.now - since).total_seconds()
    if left > 0 and waiting is not None:
        return float(left)
    del engine.memory[node_key]
    text = f'MountVolume.NodeExpandVolume succeeded for volume "{own}"'
    engine.event(claim, "Normal", "FileSystemResizeSuccessful", text, "kubelet")
    status = {
        k: v for k, v in claim["status"].items() if k not in ("conditions", "allocatedResources")
    }
    engine.set_status(claim, {**status, "capacity": {"storage": wanted}})
    return None


def _enlarge(
    engine: Engine, claim: Object, volume: Object, driver: str, *, stuck: str
) -> float | None:
    text = "waiting for an external controller to expand this PVC"
    engine.event(claim, "Normal", "ExternalExpanding", text, "volume_expand")
    if stuck == "stuck":
        return RESYNC
    own, who = volume["metadata"]["name"], f"external-resizer {driver}"
    wanted = claim["spec"]["resources"]["requests"]["storage"]
    if condition(claim, "Resizing") is None:
        text = f"External resizer is resizing volume {own}"
        engine.event(claim, "Normal", "Resizing", text, who)
        _set(engine, claim, "Resizing", "")
        return CONTROLLER_SECONDS
    began = condition(claim, "Resizing")
    spec = {**volume["spec"], "capacity": {"storage": wanted}}
    if began is None:
        return None
    engine.store.put({**volume, "spec": spec})
    text = "Require file system resize of volume on node"
    engine.event(claim, "Normal", "FileSystemResizeRequired", text, who)
    text = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
    _set(engine, claim, "FileSystemResizePending", text)
    return 0.1


def _set(engine: Engine, claim: Object, type_: str, message: str) -> None:
    item = {
        "lastProbeTime": None,
        "lastTransitionTime": engine.stamp,
        "status": "True",
        "type": type_,
    }
    if message:
        item["message"] = message
    status = {**claim["status"], "conditions": [dict(sorted(item.items()))]}
    fresh = engine.store.get(
        "persistentvolumeclaims", claim["metadata"]["namespace"], claim["metadata"]["name"]
    )
    engine.set_status(fresh or claim, status)


def _mounted(engine: Engine, claim: Object) -> bool:
    """Whether a running pod mounts the claim."""
    meta = claim["metadata"]
    for pod in engine.store.list("pods", meta["namespace"]):
        names = [
            volume["persistentVolumeClaim"]["claimName"]
            for volume in pod["spec"].get("volumes", [])
            if "persistentVolumeClaim" in volume
        ]
        if meta["name"] in names and pod.get("status", {}).get("podIP"):
            return True
    return False
