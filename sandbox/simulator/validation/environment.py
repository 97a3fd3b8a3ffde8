"""Environment variables of a container, and where their values come from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, entries, has, mapping, text
from sandbox.simulator.validation.problem import Problem, bad, required, unsupported

_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELDS = frozenset(
    {
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    }
)
"""Fields of a pod that a variable can hold."""
_MAP_FIELD = re.compile(r"metadata\.(annotations|labels)\['.+'\]")


def environment(container: Json, where: str) -> Iterator[Problem]:
    """`env` and `envFrom`. Two variables of one name are no error (the server warns of it)."""
    for path, env in entries(container, "env", where):
        name = text(env, "name")
        if not name:
            yield required(f"{path}.name")
        else:
            yield from (bad(f"{path}.name", name, said) for said in names.env_name(name))
        if has(env, "valueFrom"):
            yield from _value_from(env, f"{path}.valueFrom")
    for path, source in entries(container, "envFrom", where):
        prefix = text(source, "prefix")
        if prefix:
            yield from (bad(f"{path}.prefix", prefix, said) for said in names.env_name(prefix))
        found = [key for key in ("configMapRef", "secretRef") if has(source, key)]
        if not found:
            yield bad(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(found) > 1:
            yield bad(path, "", "may not have more than one field specified at a time")
        for key in found:
            if not text(source[key], "name"):
                yield required(f"{path}.{key}.name")


def _value_from(env: Json, path: str) -> Iterator[Problem]:
    source = mapping(env, "valueFrom")
    found = [key for key in _SOURCES if has(source, key)]
    if not found:
        listed = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        yield bad(path, "", f"must specify one of: {listed}")
    elif len(found) > 1:
        yield bad(path, "", "may not have more than one field specified at a time")
    if text(env, "value") and found:
        yield bad(path, "", "may not be specified when `value` is not empty")
    for key in found:
        here, ref = f"{path}.{key}", mapping(source, key)
        if key in ("configMapKeyRef", "secretKeyRef"):
            for part in ("name", "key"):
                if not text(ref, part):
                    yield required(f"{here}.{part}")
        elif key == "fieldRef":
            yield from _field_ref(ref, here)
        elif key == "resourceFieldRef" and not text(ref, "resource"):
            yield required(f"{here}.resource")


def _field_ref(ref: Json, path: str) -> Iterator[Problem]:
    field = text(ref, "fieldPath")
    if not field:
        yield required(f"{path}.fieldPath")
    elif field not in _FIELDS and not _MAP_FIELD.fullmatch(field):
        yield unsupported(f"{path}.fieldPath", field, _FIELDS)
