"""Attaching disks: a ReadWriteOnce disk is on one node at a time, and others have to wait."""

from __future__ import annotations

from sandbox.simulator.controllers.claims import claim_names
from sandbox.simulator.controllers.volumes import class_spec
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object

COMPONENT = "attachdetach-controller"
MANY_NODES = frozenset({"ReadWriteMany", "ReadOnlyMany"})


def disks(engine: Engine, pod: Object) -> list[tuple[str, str]]:
    """(claim, volume) of the single-node disks that a pod mounts."""
    found = []
    for name in claim_names(pod):
        claim = engine.store.get("persistentvolumeclaims", pod["metadata"]["namespace"], name)
        volume = (claim or {}).get("spec", {}).get("volumeName")
        if claim is None or not volume:
            continue
        truth = class_spec(engine, claim["spec"].get("storageClassName") or "")
        if truth.attached and not MANY_NODES & set(claim["spec"]["accessModes"]):
            found.append((name, volume))
    return found


def refused(engine: Engine, pod: Object) -> str | None:
    """Why a pod's disk cannot be attached to its node, in the controller's words."""
    node, meta = pod["spec"]["nodeName"], pod["metadata"]
    for claim, volume in disks(engine, pod):
        users = [
            other["metadata"]["name"]
            for other in engine.store.list("pods", meta["namespace"])
            if other["metadata"]["uid"] != meta["uid"]
            and claim in claim_names(other)
            and other["spec"].get("nodeName") not in (None, "", node)
            and not terminal(other)
            and _holds(engine, other)
        ]
        if users:
            return (
                f'Multi-Attach error for volume "{volume}" Volume is already used by pod(s) '
                f"{', '.join(users)}"
            )
    return None


def _holds(engine: Engine, pod: Object) -> bool:
    """Whether a pod got its disks: it has a sandbox."""
    record = engine.pods.get(pod["metadata"]["uid"])
    return bool(record.ip if record else pod.get("status", {}).get("podIP"))


def attached(engine: Engine, pod: Object) -> None:
    """Tell about the disks that a pod has just got."""
    for _, volume in disks(engine, pod):
        text = f'AttachVolume.Attach succeeded for volume "{volume}" '
        engine.event(pod, "Normal", "SuccessfulAttachVolume", text, COMPONENT)
