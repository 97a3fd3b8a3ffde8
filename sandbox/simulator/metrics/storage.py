"""kube_persistentvolume_*, kube_persistentvolumeclaim_* and kube_storageclass_info."""

from __future__ import annotations

from sandbox.simulator.metrics.page import Page, labels
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object

VOLUME_PHASES = ("Pending", "Available", "Bound", "Released", "Failed")
CLAIM_PHASES = ("Lost", "Bound", "Pending")


def volume(page: Page, obj: Object) -> None:
    """All samples of one PersistentVolume."""
    meta, spec = obj["metadata"], obj["spec"]
    where = labels(persistentvolume=meta["name"])
    page.add(
        "kube_persistentvolume_info",
        where,
        1,
        storageclass=spec.get("storageClassName"),
        csi_driver=spec.get("csi", {}).get("driver"),
        csi_volume_handle=spec.get("csi", {}).get("volumeHandle"),
        local_path=spec.get("local", {}).get("path"),
        host_path=spec.get("hostPath", {}).get("path"),
        reclaim_policy=spec.get("persistentVolumeReclaimPolicy"),
    )
    page.time("kube_persistentvolume_created", where, meta["creationTimestamp"])
    phase = obj.get("status", {}).get("phase", "Pending")
    page.states("kube_persistentvolume_status_phase", where, "phase", VOLUME_PHASES, phase)
    size = spec.get("capacity", {}).get("storage")
    if size is not None:
        page.add("kube_persistentvolume_capacity_bytes", where, float(number(size)))
    claim = spec.get("claimRef")
    if claim:
        page.add(
            "kube_persistentvolume_claim_ref",
            where,
            1,
            name=claim["name"],
            claim_namespace=claim["namespace"],
        )


def claim(page: Page, obj: Object) -> None:
    """All samples of one PersistentVolumeClaim."""
    meta, spec = obj["metadata"], obj["spec"]
    where = labels(namespace=meta["namespace"], persistentvolumeclaim=meta["name"])
    page.add(
        "kube_persistentvolumeclaim_info",
        where,
        1,
        storageclass=spec.get("storageClassName"),
        volumename=spec.get("volumeName"),
        volumemode=spec.get("volumeMode", "Filesystem"),
    )
    page.time("kube_persistentvolumeclaim_created", where, meta["creationTimestamp"])
    phase = obj.get("status", {}).get("phase", "Pending")
    page.states("kube_persistentvolumeclaim_status_phase", where, "phase", CLAIM_PHASES, phase)
    size = spec.get("resources", {}).get("requests", {}).get("storage")
    if size is not None:
        name = "kube_persistentvolumeclaim_resource_requests_storage_bytes"
        page.add(name, where, float(number(size)))
    for mode in spec.get("accessModes", []):
        page.add("kube_persistentvolumeclaim_access_mode", where, 1, access_mode=mode)


def storage_class(page: Page, obj: Object) -> None:
    """The sample of one StorageClass."""
    page.add(
        "kube_storageclass_info",
        "",
        1,
        storageclass=obj["metadata"]["name"],
        provisioner=obj["provisioner"],
        reclaim_policy=obj.get("reclaimPolicy", "Delete"),
        volume_binding_mode=obj.get("volumeBindingMode", "Immediate"),
    )
