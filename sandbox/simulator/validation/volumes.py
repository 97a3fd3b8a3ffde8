"""Volumes of a pod: one source each, and the fields that a source needs."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation.amounts import not_negative_quantity
from sandbox.simulator.validation.claims import claim_spec
from sandbox.simulator.validation.containers import local_path
from sandbox.simulator.validation.fields import Json, entries, has, mapping, number, text
from sandbox.simulator.validation.meta import entry_name
from sandbox.simulator.validation.problem import (
    Problem,
    bad,
    forbidden,
    required,
    unsupported,
)

NEEDED: dict[str, tuple[str, ...]] = {
    "emptyDir": (),
    "hostPath": ("path",),
    "gitRepo": ("repository",),
    "gcePersistentDisk": ("pdName",),
    "awsElasticBlockStore": ("volumeID",),
    "secret": ("secretName",),
    "nfs": ("server", "path"),
    "iscsi": ("targetPortal", "iqn"),
    "glusterfs": ("endpoints", "path"),
    "persistentVolumeClaim": ("claimName",),
    "rbd": ("image",),
    "flexVolume": ("driver",),
    "cinder": ("volumeID",),
    "cephfs": (),
    "flocker": (),
    "downwardAPI": (),
    "fc": (),
    "azureFile": ("secretName", "shareName"),
    "configMap": ("name",),
    "vsphereVolume": ("volumePath",),
    "quobyte": ("registry", "volume"),
    "azureDisk": ("diskName", "diskURI"),
    "photonPersistentDisk": ("pdID",),
    "portworxVolume": ("volumeID",),
    "scaleIO": ("gateway", "system", "volumeName"),
    "projected": (),
    "storageos": (),
    "local": ("path",),
    "csi": ("driver",),
    "ephemeral": (),
    "image": (),
}
"""Volume source -> fields that must be set (a persistent volume's sources included), in the order
in which the server looks for them: the first one counts, the others are one too many."""

_HOST_PATHS = (
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_MODE = "must be a number between 0 and 0777 (octal), both inclusive"


def volumes(spec: Json, path: str) -> Iterator[Problem]:
    """All volumes of a pod spec."""
    seen: set[str] = set()
    for where, volume in entries(spec, "volumes", path):
        yield from entry_name(volume, where, seen)
        yield from source(volume, where, "may not specify more than 1 volume type")


def source(volume: Json, where: str, too_many: str) -> Iterator[Problem]:
    """Exactly one source, and its own fields."""
    found = [kind for kind in NEEDED if has(volume, kind)]
    if not found:
        yield required(where, "must specify a volume type")
    for index, kind in enumerate(found):
        here, part = f"{where}.{kind}", mapping(volume, kind)
        if index:
            yield forbidden(here, too_many)
            continue
        for field in NEEDED[kind]:
            if not text(part, field):
                yield required(f"{here}.{field}")
        yield from _details(kind, part, here)


def _details(kind: str, part: Json, here: str) -> Iterator[Problem]:
    if kind in ("secret", "configMap", "projected", "downwardAPI"):
        yield from _mode(part, "defaultMode", here)
        yield from _items(kind, part, here)
    if kind == "hostPath":
        value = text(part, "type")
        if value and value not in _HOST_PATHS:
            yield unsupported(f"{here}.type", value, _HOST_PATHS)
        if ".." in text(part, "path").split("/"):
            yield bad(f"{here}.path", text(part, "path"), "must not contain '..'")
    elif kind == "emptyDir":
        yield from not_negative_quantity(part.get("sizeLimit"), f"{here}.sizeLimit")
    elif kind == "ephemeral":
        if not has(part, "volumeClaimTemplate"):
            yield required(f"{here}.volumeClaimTemplate")
        else:
            template = mapping(part, "volumeClaimTemplate", "spec")
            yield from claim_spec(template, f"{here}.volumeClaimTemplate.spec")
    elif kind == "projected":
        yield from _projected(part, here)
    elif kind == "nfs":
        value = text(part, "path")
        if value and not value.startswith("/"):
            yield bad(f"{here}.path", value, "must be an absolute path")


def _items(kind: str, part: Json, here: str) -> Iterator[Problem]:
    for where, item in entries(part, "items", here):
        if kind in ("secret", "configMap") and not text(item, "key"):
            yield required(f"{where}.key")
        if not text(item, "path"):
            yield required(f"{where}.path")
        yield from local_path(text(item, "path"), f"{where}.path")
        yield from _mode(item, "mode", where)


def _mode(part: Json, key: str, here: str) -> Iterator[Problem]:
    value = number(part, key)
    if value is not None and not 0 <= value <= 0o777:
        yield bad(f"{here}.{key}", value, _MODE)


def _projected(part: Json, here: str) -> Iterator[Problem]:
    kinds = ("secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle")
    for where, entry in entries(part, "sources", here):
        found = [kind for kind in kinds if has(entry, kind)]
        for kind in found[1:]:
            yield forbidden(f"{where}.{kind}", "may not specify more than 1 volume type per source")
        for kind in found[:1]:
            inner = mapping(entry, kind)
            if kind in ("secret", "configMap") and not text(inner, "name"):
                yield required(f"{where}.{kind}.name")
            if kind == "serviceAccountToken":
                if not text(inner, "path"):
                    yield required(f"{where}.{kind}.path")
                seconds = number(inner, "expirationSeconds")
                if seconds is not None and seconds < 600:
                    said = "may not specify a duration less than 10 minutes"
                    yield bad(f"{where}.{kind}.expirationSeconds", seconds, said)
            yield from _items(kind, inner, f"{where}.{kind}")
