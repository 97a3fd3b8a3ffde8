"""PersistentVolumeClaims: what they must say and what may change once they are there."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.amounts import quantity
from sandbox.simulator.validation.fields import Json, has, listing, mapping, text
from sandbox.simulator.validation.problem import Problem, bad, forbidden, required, unsupported
from sandbox.simulator.validation.selectors import label_selector

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
_MUTABLE = "resources.requests and volumeAttributesClassName for bound claims"


def access_modes(spec: Json, path: str, missing: str) -> Iterator[Problem]:
    """`accessModes` of a claim or a volume."""
    where = f"{path}.accessModes"
    modes = listing(spec, "accessModes")
    if not modes:
        yield required(where, missing)
    for mode in modes:
        if mode not in ACCESS_MODES:
            yield unsupported(where, mode, ACCESS_MODES)
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        said = "may not use ReadWriteOncePod with other access modes"
        yield forbidden(where, said)


def claim_spec(spec: Json, path: str) -> Iterator[Problem]:
    """A claim's spec; also that of templates in StatefulSets and ephemeral volumes."""
    yield from access_modes(spec, path, "at least 1 access mode is required")
    yield from label_selector(spec.get("selector"), f"{path}.selector")
    storage = mapping(spec, "resources", "requests").get("storage")
    where = f"{path}.resources[storage]"
    if storage is None:
        yield required(where)
    else:
        size = quantity(storage)
        if size is not None and size <= 0:
            yield bad(where, str(storage), names.POSITIVE)
    name = text(spec, "storageClassName")
    if name:
        said = names.dns_subdomain(name)
        yield from (bad(f"{path}.storageClassName", name, words) for words in said)
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        yield unsupported(f"{path}.volumeMode", mode, VOLUME_MODES)


def claim(obj: Json) -> Iterator[Problem]:
    """A PersistentVolumeClaim."""
    yield from claim_spec(mapping(obj, "spec"), "spec")


def claim_update(new: Json, old: Json) -> Iterator[Problem]:
    """Only a bound claim's requested size may change, and the volume be named once."""
    before, after = dict(mapping(old, "spec")), dict(mapping(new, "spec"))
    bound = mapping(old, "status").get("phase") == "Bound"
    if not text(before, "volumeName"):
        before["volumeName"] = after.get("volumeName")
    if not has(before, "storageClassName"):  # a default class may be filled in later
        before["storageClassName"] = after.get("storageClassName")
    before["volumeAttributesClassName"] = after.get("volumeAttributesClassName")
    for spec in (before, after):
        spec["volumeMode"] = spec.get("volumeMode") or "Filesystem"
    if bound and has(after, "resources"):
        before["resources"] = after["resources"]
    if _set(before) != _set(after):
        yield forbidden("spec", f"spec is immutable after creation except {_MUTABLE}")
        return
    asked = quantity(mapping(new, "spec", "resources", "requests").get("storage"))
    held = quantity(mapping(old, "status", "capacity").get("storage"))
    first = quantity(mapping(old, "spec", "resources", "requests").get("storage"))
    shrinks = asked is not None and first is not None and asked < first
    if bound and shrinks and (held is None or asked is None or asked < held):
        said = "field can not be less than status.capacity"
        yield forbidden("spec.resources.requests.storage", said)


def _set(spec: Json) -> Json:
    return {key: value for key, value in spec.items() if value is not None}
