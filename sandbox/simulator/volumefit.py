"""The scheduler's volume plugins: what a pod's claims say about it and about each node."""

from __future__ import annotations

from sandbox.simulator.controllers.claims import (
    available_on,
    binds_late,
    claim_names,
    select_node,
)
from sandbox.simulator.controllers.volumes import reachable
from sandbox.simulator.deletion import going
from sandbox.simulator.engine import Engine
from sandbox.simulator.placement import Misfit
from sandbox.simulator.store import Object

BIND_TIMEOUT = 600.0
"""Seconds that a pod's binding waits for its volumes (the plugin's bindTimeoutSeconds)."""
TIMED_OUT = 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'


def problem(engine: Engine, pod: Object) -> str | None:
    """Why a pod's claims keep it from being placed at all."""
    for name in claim_names(pod):
        claim = engine.store.get("persistentvolumeclaims", pod["metadata"]["namespace"], name)
        if claim is None:
            return f'persistentvolumeclaim "{name}" not found'
        if going(claim):
            return f'persistentvolumeclaim "{name}" is being deleted'
        phase = claim.get("status", {}).get("phase")
        if phase == "Lost":
            volume = claim["spec"].get("volumeName", "")
            return (
                f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{volume}"'
            )
        if phase != "Bound" and not binds_late(engine, claim):
            return "pod has unbound immediate PersistentVolumeClaims"
    return None


def misfit(engine: Engine, pod: Object, node: Object) -> Misfit | None:
    """Why a pod's volumes keep it off a node; None when they do not."""
    for name in claim_names(pod):
        claim = engine.store.get("persistentvolumeclaims", pod["metadata"]["namespace"], name)
        if claim is None:
            continue
        if claim["status"]["phase"] == "Bound":
            volume = engine.store.get("persistentvolumes", None, claim["spec"]["volumeName"])
            if volume is not None and not reachable(volume, node):
                text = "node(s) didn't match PersistentVolume's node affinity"
                return Misfit((text,), hopeless=True)
        elif not available_on(engine, claim, node["metadata"]["name"]):
            text = "node(s) didn't find available persistent volumes to bind"
            return Misfit((text,), hopeless=True)
    return None


def wait_for_volumes(engine: Engine, pod: Object, node: str) -> float | None:
    """Ask for the volumes of claims that bind late; seconds to wait for them, None when all are.

    A negative number says that the wait is over without them: the pod is to be placed anew.
    """
    pending = []
    for name in claim_names(pod):
        claim = engine.store.get("persistentvolumeclaims", pod["metadata"]["namespace"], name)
        if claim is not None and claim["status"]["phase"] != "Bound":
            pending.append(claim)
    key = ("binding", pod["metadata"]["uid"])
    if not pending:
        engine.memory.pop(key, None)
        return None
    since = engine.memory.get(key)
    if since is None:
        since = engine.memory[key] = engine.now
        for claim in pending:
            select_node(engine, claim, node)
    left = BIND_TIMEOUT - (engine.now - since).total_seconds()
    if left <= 0:
        del engine.memory[key]
    return float(left) if left > 0 else -1.0
