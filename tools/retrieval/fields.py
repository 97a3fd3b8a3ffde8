"""Fields: an OpenAPI document -> one entry per kind and per field, as `kubectl explain` tells them. Pure.

Covered: built-in kinds and custom resources of one apiVersion. Not covered: what is below `metadata`,
which every kind has alike, and schemas that repeat themselves further down (a CRD's own schema).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tools.manifest.compile import ref_name
from tools.manifest.gvk import custom, split
from tools.redact import redact
from tools.retrieval.snippet import Entry, clean
from tools.retrieval.words import parts

GVK = "x-kubernetes-group-version-kind"
MAX_DEPTH = 14
"""Names in a path; a Deployment's deepest, of node affinity, has 11."""
MOST_FIELDS = 4000
"""Entries of one kind; a CronJob has about 1100."""
LONGEST = 700
"""Characters of a description."""
SHALLOW = frozenset({"metadata"})
ALIKE = frozenset({"apiVersion", "kind"})
"""Fields at the top that say nothing of a kind."""

Components = Mapping[str, Any]


class _Field(NamedTuple):
    path: tuple[str, ...]
    node: dict[str, Any]
    """The property itself: its description goes before that of its type."""
    required: bool


def field_entries(components: Components, api_version: str) -> Iterator[Entry]:
    """Entries of every kind that the components of an OpenAPI document define for one apiVersion."""
    group, version = split(api_version)
    for name, schema in components.items():
        kinds = schema.get(GVK) if isinstance(schema, dict) else None
        if not isinstance(kinds, list) or len(kinds) != 1 or not isinstance(kinds[0], dict):
            continue  # options and events of watches belong to every group
        own = kinds[0]
        kind = str(own.get("kind") or "")
        if (own.get("group", ""), own.get("version")) != (group, version) or not kind:
            continue
        if _is_list(components, schema):
            continue
        for count, field in enumerate(_fields(components, schema, (), (name,))):
            if count >= MOST_FIELDS:
                break
            yield _entry(components, api_version, kind, field)


def _entry(components: Components, api_version: str, kind: str, field: _Field) -> Entry:
    whole = ".".join((kind, *field.path))
    spoken = ".".join((kind.lower(), *field.path))
    node, below = field.node, _resolved(components, field.node)
    said = str(node.get("description") or below.get("description") or "")
    words = node.get("enum") or below.get("enum")
    lines = [
        f"{_type(components, node)}{', required' if field.required else ''}"
        if field.path
        else "kind",
        said[:LONGEST],
        f"one of: {', '.join(map(str, words))}" if isinstance(words, list) else "",
    ]
    return Entry(
        kind="crd" if custom(split(api_version)[0]) else "field",
        source=f"kubectl explain {spoken} --api-version={api_version}",
        title=whole,
        names=" ".join((kind, parts(kind), parts(".".join(field.path[-2:])))),
        text=clean(redact("\n".join(line for line in lines if line))),
        tag=kind,
    )


def _fields(
    components: Components, node: dict[str, Any], path: tuple[str, ...], seen: tuple[str, ...]
) -> Iterator[_Field]:
    """The node and everything below it, depth first."""
    todo = [(_Field(path, node, False), seen)]
    while todo:
        field, above = todo.pop()
        yield field
        if len(field.path) >= MAX_DEPTH or (field.path[-1:] and field.path[-1] in SHALLOW):
            continue
        inner, names = _inner(components, field.node, above)
        if inner is None:
            continue
        needed = inner.get("required")
        needed = needed if isinstance(needed, list) else []
        properties = inner.get("properties")
        for name, each in reversed(
            list((properties if isinstance(properties, dict) else {}).items())
        ):
            if isinstance(each, dict) and (field.path or name not in ALIKE):
                todo.append((_Field((*field.path, str(name)), each, name in needed), names))


def _inner(
    components: Components, node: dict[str, Any], seen: tuple[str, ...]
) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """What a node's fields are those of, through references, lists and maps; None in a loop."""
    for _ in range(MAX_DEPTH):
        name = ref_name(node)
        if name is not None:
            if name in seen:
                return None, seen
            seen = (*seen, name)
            node = _resolved(components, node)
            continue
        for key in ("items", "additionalProperties"):
            below = node.get(key)
            if isinstance(below, dict):
                node = below
                break
        else:
            return node, seen
    return None, seen


def _resolved(components: Components, node: dict[str, Any]) -> dict[str, Any]:
    name = ref_name(node)
    found = components.get(name) if name is not None else node
    return found if isinstance(found, dict) else {}


def _type(components: Components, node: dict[str, Any], depth: int = 0) -> str:
    below = _resolved(components, node)
    kind = str(below.get("type") or "object")
    within = depth < MAX_DEPTH  # a list of itself has no end
    if kind == "array":
        items = below.get("items")
        if not isinstance(items, dict) or not within:
            return "list"
        return f"list of {_type(components, items, depth + 1)}"
    more = below.get("additionalProperties")
    if isinstance(more, dict) and within:
        return f"map of {_type(components, more, depth + 1)}"
    if below.get("x-kubernetes-int-or-string") or below.get("format") == "int-or-string":
        return "integer or string"
    either = below.get("oneOf")
    if "type" not in below and isinstance(either, list):
        return " or ".join(str(each.get("type")) for each in either if isinstance(each, dict))
    return kind


def _is_list(components: Components, schema: dict[str, Any]) -> bool:
    properties = schema.get("properties")
    metadata = properties.get("metadata") if isinstance(properties, dict) else None
    name = ref_name(metadata) if isinstance(metadata, dict) else None
    return bool(name) and str(name).endswith(".ListMeta")
