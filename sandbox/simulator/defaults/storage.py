"""Volumes, claims, classes and secrets."""

from __future__ import annotations

import base64

from sandbox.simulator.defaults.parts import child, fill, fill_empty, present
from sandbox.simulator.store import Object


def claim(obj: Object) -> None:
    """A PersistentVolumeClaim, with the finalizer of the admission plugin."""
    fill(child(obj, "spec"), volumeMode="Filesystem")
    _protect(obj, "kubernetes.io/pvc-protection")


def volume(obj: Object) -> None:
    """A PersistentVolume, likewise."""
    spec = child(obj, "spec")
    fill_empty(spec, persistentVolumeReclaimPolicy="Retain")
    fill(spec, volumeMode="Filesystem")
    host = present(spec, "hostPath")
    if host is not None:
        fill(host, type="")
    _protect(obj, "kubernetes.io/pv-protection")


def _protect(obj: Object, finalizer: str) -> None:
    meta = child(obj, "metadata")
    if meta.get("deletionTimestamp"):
        return  # a finalizer that was taken off does not come back
    finalizers = meta.get("finalizers") or []
    if finalizer not in finalizers:
        meta["finalizers"] = [*finalizers, finalizer]


def storage_class(obj: Object) -> None:
    """A StorageClass."""
    fill(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def secret(obj: Object) -> None:
    """A Secret: stringData is only another way to write data."""
    fill_empty(obj, type="Opaque")
    plain = obj.pop("stringData", None)
    if isinstance(plain, dict) and plain:
        encoded = {
            key: base64.b64encode(str(value).encode(errors="replace")).decode()
            for key, value in plain.items()
        }
        obj["data"] = {**(present(obj, "data") or {}), **encoded}
