"""CustomResourceDefinitions: names, versions and structural schemas.

After k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, entries, has, listing, mapping, text
from sandbox.simulator.validation.problem import (
    Problem,
    bad,
    duplicate,
    forbidden,
    required,
    unsupported,
)

SCOPES = ("Cluster", "Namespaced")
TYPES = ("array", "boolean", "integer", "number", "object", "string")
MAX_DEPTH = 60
"""Levels of a schema looked at."""


def definition(obj: Json) -> Iterator[Problem]:
    """A CustomResourceDefinition."""
    spec = mapping(obj, "spec")
    name, group = text(mapping(obj, "metadata"), "name"), text(spec, "group")
    spelled = mapping(spec, "names")
    plural = text(spelled, "plural")
    if name != f"{plural}.{group}":
        yield bad("metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    if not group:
        yield required("spec.group")
    else:
        yield from (bad("spec.group", group, said) for said in names.dns_subdomain(group))
        if "." not in group:
            yield bad("spec.group", group, "should be a domain with at least one dot")
    scope = text(spec, "scope")
    if not scope:
        yield required("spec.scope")
    elif scope not in SCOPES:
        yield unsupported("spec.scope", scope, SCOPES)
    yield from _versions(spec)
    yield from _names(spelled)


def _versions(spec: Json) -> Iterator[Problem]:
    seen: set[str] = set()
    stored = 0
    for where, version in entries(spec, "versions", "spec"):
        name = text(version, "name")
        yield from (bad(f"{where}.name", name, said) for said in names.dns_1035(name))
        if name in seen:
            yield bad("spec.versions", name, "must contain unique version names")
        seen.add(name)
        stored += version.get("storage") is True
        schema = mapping(version, "schema", "openAPIV3Schema")
        path = f"{where}.schema.openAPIV3Schema"
        if not has(mapping(version, "schema"), "openAPIV3Schema"):
            yield required(path, "schemas are required")
        elif not text(schema, "type"):
            yield required(f"{path}.type", "must not be empty at the root")
        elif text(schema, "type") != "object":
            yield bad(f"{path}.type", text(schema, "type"), "must be object at the root")
        else:
            yield from _structural(schema, path, 0)
    if stored != 1:
        shown = [text(version, "name") for version in listing(spec, "versions")]
        said = "must have exactly one version marked as storage version"
        yield bad("spec.versions", shown, said)


def _names(spelled: Json) -> Iterator[Problem]:
    for key in ("plural", "singular", "kind", "listKind"):
        value, where = text(spelled, key), f"spec.names.{key}"
        if not value:
            # the server derives singular and listKind, so only these two can be missing
            if key in ("plural", "kind"):
                yield required(where)
            continue
        checked = value.lower() if key in ("kind", "listKind") else value
        yield from (bad(where, value, said) for said in names.dns_1035(checked))
    kind = text(spelled, "kind")
    if kind and kind == text(spelled, "listKind"):
        yield bad("spec.names.listKind", kind, "kind and listKind may not be the same")
    taken: set[str] = set()
    for index, short in enumerate(listing(spelled, "shortNames")):
        where = f"spec.names.shortNames[{index}]"
        if isinstance(short, str):
            yield from (bad(where, short, said) for said in names.dns_1035(short))
            if short in taken:
                yield duplicate(where, short)
            taken.add(short)


def _structural(schema: Json, path: str, depth: int) -> Iterator[Problem]:
    """Every field has a type, arrays have items, objects not both kinds of children."""
    if depth > MAX_DEPTH:
        return
    kind = text(schema, "type")
    if kind and kind not in TYPES:
        yield unsupported(f"{path}.type", kind, TYPES)
    if kind == "array" and not has(schema, "items"):
        yield required(f"{path}.items", "must be specified")
    extra = schema.get("additionalProperties")
    if has(schema, "properties") and extra not in (None, False):
        said = "must not be used together with properties"
        yield forbidden(f"{path}.additionalProperties", said)
    children = [
        (f"{path}.properties[{key}]", child) for key, child in mapping(schema, "properties").items()
    ]
    if isinstance(schema.get("items"), dict):
        children.append((f"{path}.items", schema["items"]))
    if isinstance(extra, dict):
        children.append((f"{path}.additionalProperties", extra))
    for where, child in children:
        child = child if isinstance(child, dict) else {}
        free = child.get("x-kubernetes-int-or-string") or child.get(
            "x-kubernetes-preserve-unknown-fields"
        )
        if not text(child, "type") and not free:
            yield required(f"{where}.type", "must not be empty for specified object fields")
        yield from _structural(child, where, depth + 1)


def definition_update(new: Json, old: Json) -> Iterator[Problem]:
    """Group, scope, plural and kind stay once the definition is established."""
    after, before = mapping(new, "spec"), mapping(old, "spec")
    for key in ("group", "scope"):
        if after.get(key) != before.get(key):
            yield bad(f"spec.{key}", after.get(key), names.IMMUTABLE)
    for key in ("plural", "kind"):
        value = mapping(after, "names").get(key)
        if value != mapping(before, "names").get(key):
            yield bad(f"spec.names.{key}", value, names.IMMUTABLE)
