"""Dynamic provisioning: the volume that a provisioner makes for a claim, or its error."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.controllers.volumes import PROTECTION, PROVISIONED_BY, class_spec
from sandbox.simulator.engine import Engine
from sandbox.simulator.references import object_reference
from sandbox.simulator.store import Object
from sandbox.simulator.world import StorageClassSpec

COMPONENT = "persistentvolume-controller"
RESYNC = 15.0
"""Seconds between two looks at a claim that has no volume yet."""
LOCAL_PATH = "rancher.io/local-path"
_MODES = {
    LOCAL_PATH: ("NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes"),
    "ebs.csi.aws.com": (
        "rpc error: code = InvalidArgument desc = Volume capabilities MULTI_NODE_MULTI_WRITER not "
        "supported. Only AccessModes[ReadWriteOnce] supported."
    ),
}
"""What well-known provisioners say to access modes that they do not have."""
_OTHER_MODES = (
    "rpc error: code = InvalidArgument desc = VolumeCapabilities is invalid: specified multi "
    "writer with mount access type"
)


def provision(
    engine: Engine, claim: Object, storage_class: Object, node: str | None
) -> float | None:
    """Have a class's provisioner make a volume; seconds until the next try when it does not."""
    provisioner = storage_class["provisioner"]
    name = storage_class["metadata"]["name"]
    truth = class_spec(engine, name)
    text = (
        f"Waiting for a volume to be created either by the external provisioner '{provisioner}'"
        " or manually by the system administrator. If volume creation is delayed, please verify"
        " that the provisioner is running and correctly registered."
    )
    engine.event(claim, "Normal", "ExternalProvisioning", text, COMPONENT)
    if not truth.alive:
        return RESYNC
    error = _error(truth, provisioner, claim)
    if error is not None:
        text = f'failed to provision volume with StorageClass "{name}": {error}'
        engine.event(claim, "Warning", "ProvisioningFailed", text, provisioner)
        return RESYNC
    volume = _volume(engine, claim, storage_class, truth, node)
    engine.create(volume)
    text = f"Successfully provisioned volume {volume['metadata']['name']}"
    engine.event(claim, "Normal", "ProvisioningSucceeded", text, provisioner)
    meta = claim["metadata"]
    notes = {
        **meta.get("annotations", {}),
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
        "volume.kubernetes.io/storage-provisioner": provisioner,
    }
    status = {
        "accessModes": claim["spec"]["accessModes"],
        "capacity": volume["spec"]["capacity"],
        "phase": "Bound",
    }
    bound = {**claim["spec"], "volumeName": volume["metadata"]["name"]}
    meta = {**meta, "annotations": dict(sorted(notes.items()))}
    engine.store.put({**claim, "metadata": meta, "spec": bound, "status": status})
    return None


def _error(truth: StorageClassSpec, provisioner: str, claim: Object) -> str | None:
    if truth.error is not None:
        return truth.error
    if truth.access_modes is not None and not set(claim["spec"]["accessModes"]) <= set(
        truth.access_modes
    ):
        return _MODES.get(provisioner, _OTHER_MODES)
    return None


def _volume(
    engine: Engine, claim: Object, storage_class: Object, truth: StorageClassSpec, node: str | None
) -> Object:
    meta, provisioner = claim["metadata"], storage_class["provisioner"]
    volume = f"pvc-{meta['uid']}"
    spec: dict[str, Any] = {
        "accessModes": claim["spec"]["accessModes"],
        "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
        "claimRef": object_reference(claim),
        "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
        "storageClassName": storage_class["metadata"]["name"],
        "volumeMode": "Filesystem",
    }
    if truth.attached:
        spec["csi"] = {"driver": provisioner, "fsType": "ext4", "volumeHandle": volume}
    else:
        spec["hostPath"] = {"path": f"/opt/local-path-provisioner/{volume}", "type": ""}
    if truth.local and node is not None:
        term = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "annotations": {PROVISIONED_BY: provisioner},
            "finalizers": [PROTECTION],
            "name": volume,
        },
        "spec": dict(sorted(spec.items())),
        "status": {"phase": "Bound"},
    }
