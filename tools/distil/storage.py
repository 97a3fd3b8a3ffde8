"""PersistentVolumeClaims and StorageClasses."""

from __future__ import annotations

from pydantic import JsonValue

from tools.distil.item import Item, quoted_key
from tools.distil.quantity import whole_bytes
from tools.distil.shapes import dig, mapping, text, texts

_DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def claim(item: Item) -> None:
    """State all facts of one PersistentVolumeClaim."""
    item.say_text("pvc.phase", item.status.get("phase"), "status.phase")
    item.say_text("pvc.class", item.spec.get("storageClassName"), "spec.storageClassName")
    item.say_text("pvc.volume", item.spec.get("volumeName"), "spec.volumeName")
    item.say_text(
        "pvc.deleted_at", item.meta.get("deletionTimestamp"), "metadata.deletionTimestamp"
    )
    wanted = dig(item.spec, "resources", "requests", "storage")
    if (size := whole_bytes(wanted)) is not None:
        item.say("pvc.size", size, "spec.resources.requests.storage", quote=f"storage: {wanted}")
    modes: list[JsonValue] = [*texts(item.spec.get("accessModes"))]
    if modes:
        item.say("pvc.access_modes", modes, "spec.accessModes")


def volume(item: Item) -> None:
    """State all facts of one PersistentVolume."""
    item.say_text("pv.phase", item.status.get("phase"), "status.phase")
    owner = mapping(item.spec.get("claimRef"))
    if name := text(owner.get("name")):
        item.say("pv.claim", f"{text(owner.get('namespace'))}/{name}", "spec.claimRef")
    reclaim = item.spec.get("persistentVolumeReclaimPolicy")
    item.say_text("pv.reclaim", reclaim, "spec.persistentVolumeReclaimPolicy")


def storage_class(item: Item) -> None:
    """State all facts of one StorageClass."""
    item.say_text("storageclass.provisioner", item.raw.get("provisioner"), "provisioner")
    item.say_text("storageclass.binding", item.raw.get("volumeBindingMode"), "volumeBindingMode")
    notes = mapping(item.meta.get("annotations"))
    default = any(notes.get(key) == "true" for key in _DEFAULT_CLASS)
    path = f"metadata.annotations{quoted_key(_DEFAULT_CLASS[0])}"
    item.say("storageclass.default", default, path, quote=f"is-default-class: {default}")
