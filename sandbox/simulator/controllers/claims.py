"""The volume controllers: default class, provisioning, binding, and why a claim stays Pending."""

from __future__ import annotations

from sandbox.simulator.defaults import defaulted
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object
from sandbox.simulator.world import StorageClassSpec

COMPONENT = "persistentvolume-controller"
RESYNC = 15.0
"""Seconds between two looks of the controller at a pending claim."""
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"


def create_claim(engine: Engine, claim: Object) -> Object:
    """Admit and store a claim; without a class it gets the default one, if there is one."""
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


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Bind a claim, or say in an event why not."""
    claim = engine.store.get("persistentvolumeclaims", namespace, name)
    if claim is None or claim.get("status", {}).get("phase") == "Bound":
        return None
    wanted = claim["spec"].get("storageClassName")
    if not wanted:
        text = "no persistent volumes available for this claim and no storage class is set"
        engine.event(claim, "Normal", "FailedBinding", text, COMPONENT)
        return RESYNC
    found = engine.store.get("storage.k8s.io/storageclasses", None, wanted)
    if found is None:
        text = f'storageclass.storage.k8s.io "{wanted}" not found'
        engine.event(claim, "Warning", "ProvisioningFailed", text, COMPONENT)
        return RESYNC
    waits = found.get("volumeBindingMode") == "WaitForFirstConsumer"
    if waits and _SELECTED_NODE not in claim["metadata"].get("annotations", {}):
        text = "waiting for first consumer to be created before binding"
        engine.event(claim, "Normal", "WaitForFirstConsumer", text, COMPONENT)
        return RESYNC
    return _provision(engine, claim, found)


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


def _provision(engine: Engine, claim: Object, storage_class: Object) -> float | None:
    provisioner = storage_class["provisioner"]
    spec = _spec_of(engine, storage_class["metadata"]["name"])
    text = (
        f"Waiting for a volume to be created either by the external provisioner '{provisioner}'"
        " or manually by the system administrator. If volume creation is delayed, please verify"
        " that the provisioner is running and correctly registered."
    )
    engine.event(claim, "Normal", "ExternalProvisioning", text, COMPONENT)
    if not spec.alive:
        return RESYNC
    meta = claim["metadata"]
    volume = f"pvc-{meta['uid']}"
    size = claim["spec"]["resources"]["requests"]["storage"]
    reference = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "name": meta["name"],
        "namespace": meta["namespace"],
        "resourceVersion": meta["resourceVersion"],
        "uid": meta["uid"],
    }
    engine.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {
                "annotations": {"pv.kubernetes.io/provisioned-by": provisioner},
                "finalizers": ["kubernetes.io/pv-protection"],
                "name": volume,
            },
            "spec": {
                "accessModes": claim["spec"]["accessModes"],
                "capacity": {"storage": size},
                "claimRef": reference,
                "hostPath": {"path": f"/opt/local-path-provisioner/{volume}", "type": ""},
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": storage_class["metadata"]["name"],
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Bound"},
        }
    )
    text = f"Successfully provisioned volume {volume}"
    engine.event(claim, "Normal", "ProvisioningSucceeded", text, provisioner)
    notes = {
        **meta.get("annotations", {}),
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
        "volume.kubernetes.io/storage-provisioner": provisioner,
    }
    status = {
        "accessModes": claim["spec"]["accessModes"],
        "capacity": {"storage": size},
        "phase": "Bound",
    }
    bound = {**claim["spec"], "volumeName": volume}
    meta = {**meta, "annotations": dict(sorted(notes.items()))}
    engine.store.put({**claim, "metadata": meta, "spec": bound, "status": status})
    return None


def _spec_of(engine: Engine, name: str) -> StorageClassSpec:
    """The hidden truth about a class; one made later by a user has a living provisioner."""
    for spec in engine.world.storage:
        if spec.name == name:
            return spec
    return StorageClassSpec(name=name)
