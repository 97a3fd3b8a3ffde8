"""PersistentVolumes and StorageClasses."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.amounts import quantity
from sandbox.simulator.validation.claims import VOLUME_MODES, access_modes
from sandbox.simulator.validation.fields import Json, has, mapping, text
from sandbox.simulator.validation.placement import node_selector
from sandbox.simulator.validation.problem import Problem, bad, forbidden, required, unsupported
from sandbox.simulator.validation.volumes import NEEDED, source

RECLAIM = ("Delete", "Recycle", "Retain")
CLASS_RECLAIM = ("Delete", "Retain")
BINDING = ("Immediate", "WaitForFirstConsumer")


def volume(obj: Json) -> Iterator[Problem]:
    """A PersistentVolume."""
    spec = mapping(obj, "spec")
    yield from access_modes(spec, "spec", "")
    capacity = mapping(spec, "capacity")
    if not capacity:
        yield required("spec.capacity")
    for name, value in capacity.items():
        if name != "storage":
            yield unsupported(f"spec.capacity[{name}]", name, ("storage",))
            continue
        size = quantity(value)
        if size is not None and size <= 0:
            yield bad(f"spec.capacity[{name}]", str(value), names.POSITIVE)
    policy = text(spec, "persistentVolumeReclaimPolicy")
    if policy and policy not in RECLAIM:
        yield unsupported("spec.persistentVolumeReclaimPolicy", policy, RECLAIM)
    if has(spec, "nodeAffinity"):
        where, required_part = (
            "spec.nodeAffinity.required",
            mapping(spec, "nodeAffinity", "required"),
        )
        if not required_part:
            yield required(where, "must specify required node constraints")
        else:
            yield from node_selector(required_part, where)
    elif has(spec, "local"):
        yield required("spec.nodeAffinity", "Local volume requires node affinity")
    yield from source(spec, "spec", "may not specify more than 1 volume type")
    if text(mapping(spec, "hostPath"), "path") == "/" and policy == "Recycle":
        said = "may not be 'recycle' for a hostPath mount of '/'"
        yield forbidden("spec.persistentVolumeReclaimPolicy", said)
    name = text(spec, "storageClassName")
    if name:
        yield from (bad("spec.storageClassName", name, s) for s in names.dns_subdomain(name))
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        yield unsupported("spec.volumeMode", mode, VOLUME_MODES)


def volume_update(new: Json, old: Json) -> Iterator[Problem]:
    """The source, mode and node affinity stay."""
    after, before = mapping(new, "spec"), mapping(old, "spec")
    if any(after.get(kind) != before.get(kind) for kind in NEEDED):
        said = "spec.persistentvolumesource is immutable after creation"
        yield forbidden("spec.persistentvolumesource", said)
    if after.get("volumeMode") != before.get("volumeMode"):
        yield bad("spec.volumeMode", after.get("volumeMode"), names.IMMUTABLE)
    if has(before, "nodeAffinity") and after.get("nodeAffinity") != before["nodeAffinity"]:
        yield bad("spec.nodeAffinity", after.get("nodeAffinity"), names.IMMUTABLE)


def storage_class(obj: Json) -> Iterator[Problem]:
    """A StorageClass."""
    name = text(obj, "provisioner")
    if not name:
        yield required("provisioner", name)
    else:
        yield from (bad("provisioner", name, s) for s in names.qualified(name.lower()))
    policy = text(obj, "reclaimPolicy")
    if policy and policy not in CLASS_RECLAIM:
        yield unsupported("reclaimPolicy", policy, CLASS_RECLAIM)
    mode = obj.get("volumeBindingMode")
    if mode is None:
        yield required("volumeBindingMode")
    elif mode not in BINDING:
        yield unsupported("volumeBindingMode", mode, BINDING)


def storage_class_update(new: Json, old: Json) -> Iterator[Problem]:
    """Only expansion, mount options and topologies may change."""
    for key in ("parameters", "provisioner", "reclaimPolicy"):
        if (new.get(key) or None) != (old.get(key) or None):
            yield forbidden(key, f"updates to {key} are forbidden.")
    if new.get("volumeBindingMode") != old.get("volumeBindingMode"):
        yield bad("volumeBindingMode", new.get("volumeBindingMode"), names.IMMUTABLE)
