"""Fields of kinds that expressions (jsonpath, custom columns, explain) may name."""

from __future__ import annotations

from functools import cache

from agent.grammars.words import words
from model.grammar.expression import Expression, Words, choice, sequence
from sandbox.discovery import ResourceKind
from tools.manifest.gvk import Gvk, stability
from tools.manifest.schema import SchemaSet

TOP = ("metadata", "spec", "status")
"""Fields that any kind may have; kubectl answers with nothing where one has not."""
META = ("name", "namespace", "labels", "annotations", "creationTimestamp", "ownerReferences")
COLUMNS = (
    *(
        "NAME:.metadata.name",
        "NAMESPACE:.metadata.namespace",
        "CREATED:.metadata.creationTimestamp",
    ),
    *("NODE:.spec.nodeName", "PHASE:.status.phase", "REASON:.status.reason", "IP:.status.podIP"),
    *("REPLICAS:.spec.replicas", "READY:.status.readyReplicas"),
    *("UPDATED:.status.updatedReplicas", "TYPE:.spec.type", "CLUSTER-IP:.spec.clusterIP"),
    *("VOLUME:.spec.volumeName", "CLASS:.spec.storageClassName", "SUSPEND:.spec.suspend"),
)
"""Columns of `-o custom-columns=`."""


@cache
def top_fields(group: str, kind: str) -> tuple[str, ...]:
    """Top-level fields of a built-in kind beside apiVersion and kind; TOP for all others."""
    schemas, gvk = SchemaSet.packed(), packed(group, kind)
    found = schemas.fields(gvk) if gvk is not None else None
    return tuple(field for field in found or TOP if field not in ("apiVersion", "kind"))


@cache
def paths(group: str, kind: str) -> tuple[str, ...]:
    """`.spec.replicas` and the like, two levels deep, that a jsonpath over one object may name."""
    schemas, gvk = SchemaSet.packed(), packed(group, kind)
    found = [f".metadata.{field}" for field in META]
    for field in top_fields(group, kind):
        if field in ("metadata", "data", "binaryData", "stringData"):
            continue
        found.append(f".{field}")
        below = schemas.fields(gvk, (field,)) if gvk is not None else None
        found += [f".{field}.{name}" for name in below or () if name.isalnum()]
    if kind == "ConfigMap":
        found.append(".data")
    return tuple(found)


def expressions(kind: ResourceKind | None, named: bool) -> Expression:
    """`jsonpath=...` and `custom-columns=...` of `get`, for one object of the kind or for a list."""
    group, name = (kind.group, kind.kind) if kind is not None else ("", "")
    return _expressions(group, name, named)


@cache
def _expressions(group: str, kind: str, named: bool) -> Expression:
    own = paths(group, kind) if named else (*paths(group, kind)[:6], ".spec", ".status")
    scope = "" if named else ".items[*]"
    found = Words(tuple(f"'jsonpath={{{scope}{path}}}'" for path in own))
    return choice(found, _columns())


@cache
def _columns() -> Expression:
    """One to three columns."""
    column = words(COLUMNS)
    two = sequence(column, ",", column)
    return sequence("custom-columns=", choice(column, two, sequence(two, ",", column)))


@cache
def packed(group: str, kind: str) -> Gvk | None:
    """The built-in type of this kind in its most stable version."""
    known = [gvk for gvk in SchemaSet.packed().kinds() if (gvk.group, gvk.kind) == (group, kind)]
    return max(known, key=stability) if known else None
