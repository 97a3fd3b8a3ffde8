"""ObjectMeta: names, labels, annotations, owners and finalizers, and what may not change.

After k8s.io/apimachinery/pkg/api/validation/objectmeta.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.simulator.resources import Resource
from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, entries, has, mapping, number, text, texts
from sandbox.simulator.validation.problem import (
    Problem,
    bad,
    duplicate,
    forbidden,
    required,
    too_long,
)

ANNOTATIONS_LIMIT = 256 * 1024
"""Bytes of all annotation keys and values together."""

STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})

NAME_RULES: dict[str, names.NameRule] = {
    "Namespace": names.dns_label,
    "Service": names.dns_1035,
    "Role": names.path_segment,
    "RoleBinding": names.path_segment,
    "ClusterRole": names.path_segment,
    "ClusterRoleBinding": names.path_segment,
    "Event": lambda _: (),
    "CertificateSigningRequest": names.path_segment,
}
"""Kinds whose names are no RFC 1123 subdomains."""

_FIXED = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp")


def entry_name(
    entry: Json, where: str, seen: set[str], *, needed: bool = True
) -> Iterator[Problem]:
    """The name of an entry of a list: a DNS label that is not in `seen`, where it goes."""
    name = text(entry, "name")
    if not name:
        if needed:
            yield required(f"{where}.name")
        return
    yield from (bad(f"{where}.name", name, said) for said in names.dns_label(name))
    if name in seen:
        yield duplicate(f"{where}.name", name)
    seen.add(name)


def object_meta(row: Resource, meta: Json, path: str = "metadata") -> Iterator[Problem]:
    """The rules for every object."""
    rule = names.dns_subdomain if row.custom else NAME_RULES.get(row.kind, names.dns_subdomain)
    name, prefix = text(meta, "name"), text(meta, "generateName")
    if prefix:
        # a generated name goes on after the prefix, so it may end with a dash
        shortened = f"{prefix[:-1]}a" if prefix.endswith("-") else prefix
        yield from (bad(f"{path}.generateName", prefix, said) for said in rule(shortened))
    if not name:
        yield required(f"{path}.name", "name or generateName is required")
    else:
        yield from (bad(f"{path}.name", name, said) for said in rule(name))
    namespace = text(meta, "namespace")
    if row.namespaced:
        if not namespace:
            yield required(f"{path}.namespace")
        else:
            said = names.dns_label(namespace)
            yield from (bad(f"{path}.namespace", namespace, words) for words in said)
    elif namespace:
        yield forbidden(f"{path}.namespace", "not allowed on this type")
    generation = number(meta, "generation")
    if generation is not None and generation < 0:
        yield bad(f"{path}.generation", generation, names.NOT_NEGATIVE)
    yield from labels(meta.get("labels"), f"{path}.labels")
    yield from annotation_keys(meta.get("annotations"), f"{path}.annotations")
    yield from _owners(meta, path)
    for finalizer in texts(meta, "finalizers"):
        where = f"{path}.finalizers"
        yield from (bad(where, finalizer, said) for said in names.qualified(finalizer))
        if not row.custom and "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            said_of = "name is neither a standard finalizer name nor is it fully qualified"
            yield bad(where, finalizer, said_of)
    if {"orphan", "foregroundDeletion"} <= set(texts(meta, "finalizers")):
        said_of = "finalizer orphan and foregroundDeletion cannot be both set"
        yield bad(f"{path}.finalizers", texts(meta, "finalizers"), said_of)


def labels(value: Any, path: str) -> Iterator[Problem]:
    """Keys and values of labels, or of a nodeSelector."""
    for key, entry in mapping(value).items():
        yield from (bad(path, key, said) for said in names.qualified(key))
        if isinstance(entry, str):
            yield from (bad(path, entry, said) for said in names.label_value(entry))


def annotation_keys(value: Any, path: str) -> Iterator[Problem]:
    """Keys of annotations (which are compared in lower case) and their size."""
    size = 0
    for key, entry in mapping(value).items():
        yield from (bad(path, key, said) for said in names.qualified(key.lower()))
        size += len(key.encode(errors="replace"))
        size += len(entry.encode(errors="replace")) if isinstance(entry, str) else 0
    if size > ANNOTATIONS_LIMIT:
        yield too_long(path, ANNOTATIONS_LIMIT)


def _owners(meta: Json, path: str) -> Iterator[Problem]:
    controllers: list[Json] = []
    for where, owner in entries(meta, "ownerReferences", path):
        group_version = text(owner, "apiVersion")
        if not group_version.rpartition("/")[2]:
            yield bad(f"{where}.apiVersion", group_version, "version must not be empty")
        for key in ("kind", "name", "uid"):
            if not text(owner, key):
                yield bad(f"{where}.{key}", text(owner, key), "must not be empty")
        if owner.get("controller") is True:
            controllers.append(owner)
    if len(controllers) > 1:
        first, second = (f"{text(own, 'kind')}/{text(own, 'name')}" for own in controllers[:2])
        said = (
            "Only one reference can have Controller set to true. Found "
            f'"true" in references for {first} and {second}'
        )
        yield bad(f"{path}.ownerReferences", meta.get("ownerReferences"), said)


def meta_update(new: Json, old: Json, path: str = "metadata") -> Iterator[Problem]:
    """What may not change. A field that a client left out stays as it was."""
    if has(old, "deletionTimestamp"):
        added = [name for name in texts(new, "finalizers") if name not in texts(old, "finalizers")]
        if added:
            listed = ", ".join(json.dumps(name) for name in added)
            said = "no new finalizers can be added if the object is being deleted, found new"
            yield forbidden(f"{path}.finalizers", f"{said} finalizers []string{{{listed}}}")
    for key in _FIXED:
        if has(new, key) and has(old, key) and new[key] != old[key]:
            yield bad(f"{path}.{key}", new[key], names.IMMUTABLE)
    before, after = number(old, "generation"), number(new, "generation")
    if before is not None and after is not None and after < before:
        yield bad(f"{path}.generation", after, "must not be decremented")
