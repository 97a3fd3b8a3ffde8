"""Node: what patches and server-side apply must know about one place of an object.

Comes from the packed 1.36 schemas (merge keys, patch strategies, list types), for a custom resource from
its definition's openAPIV3Schema, and where nothing is declared from the value itself: maps are
granular, lists atomic.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, Literal

from sandbox.simulator.resources import BY_KIND, Resource
from tools.manifest.pack import load_pack

PACK = "1.36"

Raw = Mapping[str, Any]
Kind = Literal["map", "list", "scalar", "any"]

_REF = "#/components/schemas/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

# The packs hold no defaults. `protocol` is the one key of a list that real schemas give a default.
_KEY_DEFAULTS = {"protocol": "TCP"}

_ATOMIC_KINDS = frozenset({"JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool"})


class Node:
    """One place in a schema. `raw` may be a reference; places below are made when asked for."""

    def __init__(self, raw: Raw, name: str = "") -> None:
        ref = _reference(raw)
        if ref is not None:
            known = load_pack(PACK).get(ref, {})
            raw = {**known, **{key: value for key, value in raw.items() if key != "$ref"}}
            name = ref.rpartition(".")[2]
        self.raw = raw
        self.name = name
        """Go's name of the struct, `PodSpec`; empty for what has none."""
        self._fields: dict[str, Node | None] = {}

    @cached_property
    def kind(self) -> Kind:
        """What values here are; `any` says that the value decides."""
        if self.name in _ATOMIC_KINDS:
            return "scalar"
        kind = self.raw.get("type")
        if kind == "array":
            return "list"
        if kind in ("string", "integer", "number", "boolean") or "oneOf" in self.raw:
            return "scalar"
        if self.raw.get("x-kubernetes-int-or-string"):
            return "scalar"
        if kind == "object" and ("properties" in self.raw or self._additional is not None):
            return "map"
        return "any"

    @cached_property
    def scalar(self) -> str:
        """`string`, `number`, `boolean`; empty when any scalar will do."""
        kind = self.raw.get("type")
        if kind == "integer":
            return "number"
        return kind if kind in ("string", "number", "boolean") else ""

    @cached_property
    def atomic(self) -> bool:
        """Owned and replaced as one value."""
        if self.kind == "list":
            return bool(self.raw.get("x-kubernetes-list-type", "atomic") == "atomic")
        return self.raw.get("x-kubernetes-map-type") == "atomic"

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The fields that identify an item of a `map` list; empty for a `set`."""
        if self.raw.get("x-kubernetes-list-type") != "map":
            return ()
        return tuple(self.raw.get("x-kubernetes-list-map-keys") or ())

    def key_default(self, key: str) -> Any:
        """The value of a key that an item leaves out, or None."""
        field = self.element.field(key)
        declared = field.raw.get("default") if field else None
        return _KEY_DEFAULTS.get(key) if declared is None else declared

    @cached_property
    def strategies(self) -> frozenset[str]:
        """Strategic merge: any of `merge`, `replace`, `retainKeys`."""
        return frozenset(str(self.raw.get("x-kubernetes-patch-strategy") or "").split(",")) - {""}

    @cached_property
    def merge_key(self) -> str:
        """Strategic merge: the field that identifies an item; empty when there is none."""
        return str(self.raw.get("x-kubernetes-patch-merge-key") or "")

    def field(self, name: str) -> Node | None:
        """A declared field of a struct; None for the keys of plain maps and unknown fields."""
        if name not in self._fields:
            raw = (self.raw.get("properties") or {}).get(name) if self.kind == "map" else None
            self._fields[name] = None if raw is None else Node(raw)
        return self._fields[name]

    def child(self, name: str) -> Node:
        """The place of a key: its declared field, else what the map holds."""
        return self.field(name) or self.element

    @cached_property
    def element(self) -> Node:
        """What a list or a plain map holds."""
        if self.kind == "list":
            return Node(self.raw.get("items") or {})
        return Node(self._additional) if self._additional else ANY

    @cached_property
    def open(self) -> bool:
        """Keys that are no declared fields are allowed."""
        preserved = self.raw.get("x-kubernetes-preserve-unknown-fields")
        return self.kind == "any" or self._additional is not None or bool(preserved)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Fields that Go always writes."""
        return tuple(self.raw.get("required") or ())

    @cached_property
    def _additional(self) -> Raw | None:
        raw = self.raw.get("additionalProperties")
        return {} if raw is True else raw if isinstance(raw, Mapping) else None


def root(row: Resource, schema: Raw | None = None) -> Node:
    """The schema of a kind's objects; `schema` is a custom kind's, unless its row has it."""
    known = None if row.custom else _packed(row.group, row.version, row.kind)
    return known or _custom(schema or row.schema)


def root_of(api_version: str, kind: str, schema: Raw | None = None) -> Node:
    """`root` for an object of which only apiVersion and kind are at hand."""
    row = BY_KIND.get((api_version, kind))
    return root(row, schema) if row else _custom(schema)


@lru_cache(maxsize=512)
def _packed(group: str, version: str, kind: str) -> Node | None:
    wanted = [{"group": group, "kind": kind, "version": version}]
    for name, schema in load_pack(PACK).items():
        # Options that go with every group carry many kinds; an object's schema has exactly one.
        if schema.get("x-kubernetes-group-version-kind") == wanted:
            return Node({"$ref": _REF + name})
    return None


def _custom(schema: Raw | None) -> Node:
    raw = dict(schema or {"x-kubernetes-preserve-unknown-fields": True})
    raw["type"] = "object"
    raw["properties"] = {
        **(raw.get("properties") or {}),
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"$ref": _REF + _META},
    }
    return Node(raw)


def _reference(raw: Raw) -> str | None:
    ref = raw.get("$ref")
    if ref is None and isinstance(raw.get("allOf"), list) and len(raw["allOf"]) == 1:
        ref = raw["allOf"][0].get("$ref")
    return ref.removeprefix(_REF) if isinstance(ref, str) else None


ANY = Node({})
"""Nothing is declared: the value decides."""
