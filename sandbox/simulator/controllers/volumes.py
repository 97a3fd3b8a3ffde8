"""PersistentVolumes: which claim one suits, binding, release, and what its reclaim policy does."""

from __future__ import annotations

from sandbox.simulator.deletion import delete, going, unblock
from sandbox.simulator.engine import Engine
from sandbox.simulator.placement import satisfies
from sandbox.simulator.quantity import size
from sandbox.simulator.references import object_reference
from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.store import Object
from sandbox.simulator.world import StorageClassSpec

COMPONENT = "persistentvolume-controller"
PROTECTION = "kubernetes.io/pv-protection"
RESYNC = 15.0
"""Seconds until a failed deletion is tried again."""
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
BOUND_BY = "pv.kubernetes.io/bound-by-controller"
COMPLETED = "pv.kubernetes.io/bind-completed"


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Bring a volume's phase in line with its claim; reclaim one that was released."""
    volume = engine.store.get("persistentvolumes", None, name)
    if volume is None:
        return None
    owner = volume["spec"].get("claimRef")
    claim = None
    if owner is not None:
        claim = engine.store.get(
            "persistentvolumeclaims", owner.get("namespace", ""), owner.get("name", "")
        )
    bound = bool(
        owner
        and claim
        and owner.get("uid") == claim["metadata"]["uid"]
        and claim["spec"].get("volumeName") == name
    )
    if going(volume):
        if not bound:
            unblock(engine, volume, PROTECTION)
        return None
    if bound:
        _phase(engine, volume, "Bound")
        return None
    if owner is None or not owner.get("uid"):
        _phase(engine, volume, "Available")
        return None
    return _reclaim(engine, volume)


def candidates(engine: Engine, claim: Object, node: str | None = None) -> list[Object]:
    """Volumes that a claim may have, best first: one reserved for it, then the smallest."""
    meta, found = claim["metadata"], []
    here = engine.store.get("nodes", None, node) if node else None
    for volume in engine.store.list("persistentvolumes"):
        owner = volume["spec"].get("claimRef")
        if owner is not None and (
            (owner.get("namespace"), owner.get("name")) != (meta["namespace"], meta["name"])
            or owner.get("uid", meta["uid"]) != meta["uid"]
        ):
            continue
        if going(volume) or mismatch(claim, volume) is not None:
            continue
        if owner is None and volume.get("status", {}).get("phase") not in ("Available", "Pending"):
            continue
        selector = claim["spec"].get("selector")
        labels = volume["metadata"].get("labels", {})
        if selector is not None and not label_selector_matches(selector, labels):
            continue
        if here is None or reachable(volume, here):
            found.append(volume)
    return sorted(
        found,
        key=lambda volume: (
            "claimRef" not in volume["spec"],
            size(volume["spec"]["capacity"]["storage"]),
            volume["metadata"]["name"],
        ),
    )


def mismatch(claim: Object, volume: Object) -> str | None:
    """Why a volume does not suit a claim, in the controller's words; None when it does."""
    wanted, has = claim["spec"], volume["spec"]
    if size(has["capacity"]["storage"]) < size(wanted["resources"]["requests"]["storage"]):
        return "requested PV is too small"
    if (has.get("storageClassName") or "") != (wanted.get("storageClassName") or ""):
        return "storageClassName does not match"
    if has.get("volumeMode", "Filesystem") != wanted.get("volumeMode", "Filesystem"):
        return "incompatible volumeMode"
    if not set(wanted["accessModes"]) <= set(has["accessModes"]):
        return "incompatible accessMode"
    return None


def reachable(volume: Object, node: Object) -> bool:
    """Whether a node satisfies a volume's node affinity."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return required is None or satisfies(required, node)


def bind(engine: Engine, claim: Object, volume: Object) -> None:
    """Bind both ends to each other."""
    meta = claim["metadata"]
    owner = object_reference(claim)
    above = volume["metadata"]
    notes = dict(above.get("annotations", {}))
    if "claimRef" not in volume["spec"]:
        notes[BOUND_BY] = "yes"
    above = {**above, "annotations": notes} if notes else above
    spec = {**volume["spec"], "claimRef": owner}
    engine.store.put({**volume, "metadata": above, "spec": spec, "status": {"phase": "Bound"}})
    notes = {**meta.get("annotations", {}), COMPLETED: "yes"}
    if not claim["spec"].get("volumeName"):
        notes[BOUND_BY] = "yes"
    status = {
        "accessModes": volume["spec"]["accessModes"],
        "capacity": volume["spec"]["capacity"],
        "phase": "Bound",
    }
    engine.store.put(
        {
            **claim,
            "metadata": {**meta, "annotations": dict(sorted(notes.items()))},
            "spec": {**claim["spec"], "volumeName": volume["metadata"]["name"]},
            "status": status,
        }
    )


def class_spec(engine: Engine, name: str) -> StorageClassSpec:
    """The hidden truth about a class; one made later by a user has a living provisioner."""
    for spec in engine.world.storage:
        if spec.name == name:
            return spec
    return StorageClassSpec(name=name)


def _phase(engine: Engine, volume: Object, phase: str, **why: str) -> None:
    status = {**volume.get("status", {}), "phase": phase, **why}
    if not why:
        for field in ("reason", "message"):
            status.pop(field, None)
    if status == volume.get("status"):
        return
    status["lastPhaseTransitionTime"] = engine.stamp
    engine.set_status(volume, dict(sorted(status.items())))


def _reclaim(engine: Engine, volume: Object) -> float | None:
    """A volume whose claim is gone: kept, or deleted by whoever made it."""
    meta, spec = volume["metadata"], volume["spec"]
    if spec.get("persistentVolumeReclaimPolicy", "Retain") != "Delete":
        _phase(engine, volume, "Released")
        return None
    maker = meta.get("annotations", {}).get(PROVISIONED_BY)
    truth = class_spec(engine, spec.get("storageClassName", ""))
    if maker is None:
        text = (
            f'error getting deleter volume plugin for volume "{meta["name"]}": '
            "no volume plugin matched"
        )
        engine.event(volume, "Warning", "VolumeFailedDelete", text, COMPONENT)
        _phase(engine, volume, "Failed", message=text)
        return None
    if not truth.alive:
        _phase(engine, volume, "Released")
        return RESYNC
    released = unblock(engine, volume, PROTECTION)
    if released is not None:
        delete(engine, released)
    return None
