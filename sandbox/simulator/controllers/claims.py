"""The volume controllers' view of a claim: binding, provisioning, and why it stays Pending."""

from __future__ import annotations

from sandbox.simulator.controllers import provisioning, resizing
from sandbox.simulator.controllers.volumes import bind, candidates, mismatch
from sandbox.simulator.deletion import going, unblock
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object

COMPONENT = "persistentvolume-controller"
RESYNC = 15.0
"""Seconds between two looks of the controller at a pending claim."""
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
PROTECTION = "kubernetes.io/pvc-protection"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"


def create_claim(engine: Engine, claim: Object) -> Object:
    """Admit and store a controller's claim; without a class it gets the default one, if any."""
    from sandbox.simulator.defaults import defaulted

    claim = defaulted(claim)
    if "storageClassName" not in claim["spec"]:
        default = default_class(engine)
        if default is not None:
            claim["spec"]["storageClassName"] = default
    return engine.create(claim)


def default_class(engine: Engine) -> str | None:
    """The name of the default StorageClass."""
    for item in engine.store.list("storage.k8s.io/storageclasses"):
        if item["metadata"].get("annotations", {}).get(DEFAULT_CLASS) == "true":
            return str(item["metadata"]["name"])
    return None


def claim_names(pod: Object) -> list[str]:
    """The claims that a pod mounts."""
    return [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"].get("volumes", [])
        if "persistentVolumeClaim" in volume
    ]


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Bind a claim, or say in an event why not; look after one that is bound or going."""
    claim = engine.store.get("persistentvolumeclaims", namespace, name)
    if claim is None:
        return None
    if going(claim):
        if not in_use(engine, claim):
            unblock(engine, claim, PROTECTION)
        return None
    phase = claim.get("status", {}).get("phase")
    if phase == "Lost":
        return None
    if phase == "Bound":
        volume = engine.store.get("persistentvolumes", None, claim["spec"].get("volumeName", ""))
        if volume is None:
            text = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
            engine.event(claim, "Warning", "ClaimLost", text, COMPONENT)
            engine.set_status(claim, {**claim["status"], "phase": "Lost"})
            return None
        return resizing.look(engine, claim, volume)
    return _pending(engine, claim)


def in_use(engine: Engine, claim: Object) -> bool:
    """Whether a pod on a node mounts a claim, which keeps a deleted claim alive."""
    meta = claim["metadata"]
    return any(
        meta["name"] in claim_names(pod) and pod["spec"].get("nodeName") and not terminal(pod)
        for pod in engine.store.list("pods", meta["namespace"])
    )


def _pending(engine: Engine, claim: Object) -> float | None:
    spec, wanted = claim["spec"], claim["spec"].get("storageClassName")
    if spec.get("volumeName"):
        return _to_named(engine, claim, spec["volumeName"])
    found = engine.store.get("storage.k8s.io/storageclasses", None, wanted or "")
    node = claim["metadata"].get("annotations", {}).get(_SELECTED_NODE)
    waits = bool(found and found.get("volumeBindingMode") == "WaitForFirstConsumer")
    if not waits or node is not None:
        ready = candidates(engine, claim, node)
        if ready:
            bind(engine, claim, ready[0])
            return None
    if wanted is None and (default := default_class(engine)) is not None:
        # a class that became the default later is given to claims that named none
        engine.store.put({**claim, "spec": {**spec, "storageClassName": default}})
        return None
    if not wanted:
        text = "no persistent volumes available for this claim and no storage class is set"
        engine.event(claim, "Normal", "FailedBinding", text, COMPONENT)
        return RESYNC
    if found is None:
        text = f'storageclass.storage.k8s.io "{wanted}" not found'
        engine.event(claim, "Warning", "ProvisioningFailed", text, COMPONENT)
        return RESYNC
    if waits and node is None:
        text = "waiting for first consumer to be created before binding"
        engine.event(claim, "Normal", "WaitForFirstConsumer", text, COMPONENT)
        return RESYNC
    if found["provisioner"] == NO_PROVISIONER:
        text = f"no volume plugin matched name: {NO_PROVISIONER}"
        engine.event(claim, "Warning", "ProvisioningFailed", text, COMPONENT)
        return RESYNC
    return provisioning.provision(engine, claim, found, node)


def _to_named(engine: Engine, claim: Object, name: str) -> float | None:
    """A claim that names its volume waits for exactly that one."""
    volume = engine.store.get("persistentvolumes", None, name)
    if volume is None:
        return RESYNC
    owner, meta = volume["spec"].get("claimRef"), claim["metadata"]
    if owner is not None and not (
        (owner.get("namespace"), owner.get("name")) == (meta["namespace"], meta["name"])
        and owner.get("uid", meta["uid"]) == meta["uid"]
    ):
        text = f'volume "{name}" already bound to a different claim.'
        engine.event(claim, "Warning", "FailedBinding", text, COMPONENT)
        return RESYNC
    why = mismatch(claim, volume)
    if why is not None:
        text = f'Cannot bind to requested volume "{name}": {why}'
        engine.event(claim, "Warning", "VolumeMismatch", text, COMPONENT)
        return RESYNC
    bind(engine, claim, volume)
    return None


def select_node(engine: Engine, claim: Object, node: str) -> None:
    """The scheduler's word that a pod of this node uses the claim."""
    meta = claim["metadata"]
    notes = {**meta.get("annotations", {}), _SELECTED_NODE: node}
    engine.store.put({**claim, "metadata": {**meta, "annotations": notes}})


def binds_late(engine: Engine, claim: Object) -> bool:
    """Whether a pending claim waits for its first consumer, so that a pod may be placed first."""
    wanted = claim["spec"].get("storageClassName", "")
    found = engine.store.get("storage.k8s.io/storageclasses", None, wanted)
    return bool(found and found.get("volumeBindingMode") == "WaitForFirstConsumer")


def available_on(engine: Engine, claim: Object, node: str) -> bool:
    """Whether a claim that binds late would get a volume on a node, as the scheduler sees it."""
    wanted = claim["spec"].get("storageClassName", "")
    found = engine.store.get("storage.k8s.io/storageclasses", None, wanted) or {}
    return found.get("provisioner") != NO_PROVISIONER or bool(candidates(engine, claim, node))
