"""The claim protection controller: a claim that is being deleted stays while a pod uses it."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.deletion import going, unblock
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object

FINALIZER = "kubernetes.io/pvc-protection"


def reconcile(engine: Engine, namespace: str, name: str) -> None:
    """Release a marked claim that no pod uses any more."""
    claim = engine.store.get("persistentvolumeclaims", namespace, name)
    if claim is None or not going(claim):
        return
    for pod in engine.store.list("pods", namespace):
        if name in claims_of(pod) and pod["spec"].get("nodeName") and not terminal(pod):
            return
    unblock(engine, claim, FINALIZER)


def claims_of(pod: Object) -> Iterator[str]:
    """Names of the claims that a pod mounts."""
    for volume in pod["spec"].get("volumes", []):
        source = volume.get("persistentVolumeClaim")
        if source is not None:
            yield source["claimName"]
