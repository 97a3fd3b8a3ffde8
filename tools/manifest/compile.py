"""OpenAPI v3 component schemas -> strict JSON Schema (draft 4) for one kind.

Strict means that a field no schema names is an error, which is what the API server says with
`fieldValidation=Strict`. Null is allowed wherever a value may stand, as null means "not set" there.
Patches are partial objects: see Mode.
"""

from __future__ import annotations

from typing import Any, Literal

from tools.manifest.pack import Schemas
from tools.manifest.values import ENUMS

Mode = Literal["full", "merge", "strategic"]
"""full: a whole object. merge: an RFC 7386 patch, where lists are whole and maps are partial.
strategic: a strategic-merge patch, where entries of merged lists are partial but have their key."""

QUANTITY_NAME = "io.k8s.apimachinery.pkg.api.resource.Quantity"
QUANTITY = (
    r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
    r"([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$"
)
"""resource.Quantity's grammar, from k8s.io/apimachinery/pkg/api/resource/quantity.go."""
BASE64 = r"^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$"

FREE = frozenset(
    {
        "io.k8s.apimachinery.pkg.runtime.RawExtension",
        "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
        "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
    }
)
"""Built-in types whose content Kubernetes does not know; any field may stand in them."""

_COPIED = (
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "maxProperties",
    "uniqueItems",
)
_WHOLE_ONLY = ("minItems", "minProperties")
_COMBINED = ("allOf", "anyOf", "oneOf")
_REF = "#/components/schemas/"


def ref_name(node: dict[str, Any]) -> str | None:
    """The component that a node refers to, directly or as `allOf: [{$ref}]` (live servers)."""
    target = node.get("$ref")
    if target is None:
        parts = node.get("allOf")
        if isinstance(parts, list) and len(parts) == 1 and "properties" not in node:
            target = parts[0].get("$ref") if isinstance(parts[0], dict) else None
    return str(target).rpartition("/")[2] if target is not None else None


def compile_schema(schemas: Schemas, name: str, mode: Mode) -> dict[str, Any]:
    """A draft 4 schema whose `definitions` hold everything that `name` reaches."""
    compiler = _Compiler(schemas, mode)
    root = compiler.reference(name, partial=mode != "full")
    compiler.finish()
    return {**root, "definitions": compiler.definitions}


class _Compiler:
    """Translates nodes; collects the definitions that are still to be written."""

    def __init__(self, schemas: Schemas, mode: Mode) -> None:
        self._schemas = schemas
        self._mode = mode
        self._waiting: list[tuple[str, str, bool]] = []
        self.definitions: dict[str, Any] = {}

    def reference(self, name: str, *, partial: bool) -> dict[str, Any]:
        key = f"{name}~partial" if partial else name
        if key not in self.definitions:
            self.definitions[key] = {}
            self._waiting.append((key, name, partial))
        return {"$ref": "#/definitions/" + key.replace("~", "~0").replace("/", "~1")}

    def finish(self) -> None:
        while self._waiting:
            key, name, partial = self._waiting.pop()
            self.definitions[key] = self._component(name, partial)

    def _component(self, name: str, partial: bool) -> dict[str, Any]:
        if name == QUANTITY_NAME:
            return {"type": ["string", "number", "null"], "pattern": QUANTITY}
        node = self._schemas.get(name)
        if node is None or name in FREE:
            return {}
        return self._node(node, partial, owner=name)

    def _node(self, node: dict[str, Any], partial: bool, owner: str = "") -> dict[str, Any]:
        target = ref_name(node)
        if target is not None:
            return self.reference(target, partial=partial)
        if node.get("x-kubernetes-int-or-string") or node.get("format") == "int-or-string":
            out: dict[str, Any] = {"type": ["integer", "string", "null"]}
            return out | {key: node[key] for key in ("pattern",) if key in node}
        out = {key: node[key] for key in _COPIED if key in node}
        if not partial:
            out |= {key: node[key] for key in _WHOLE_ONLY if key in node}
            out |= self._combined(node)
        if "type" in node:
            out["type"] = [node["type"], "null"]
        if "enum" in node:
            out["enum"] = [*node["enum"], None]
        if node.get("format") == "byte":
            out["pattern"] = BASE64
        if "items" in node:
            out["items"] = self._items(node, partial)
        if node.get("type") == "object" or "properties" in node:
            out |= self._fields(node, partial, owner)
        return out

    def _fields(self, node: dict[str, Any], partial: bool, owner: str) -> dict[str, Any]:
        properties = dict(node.get("properties") or {})
        if node.get("x-kubernetes-embedded-resource"):
            meta = {"$ref": _REF + "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
            base = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": meta}
            properties = base | properties
        out: dict[str, Any] = {
            "properties": {
                key: self._property(owner, key, value, partial) for key, value in properties.items()
            }
        }
        extra = node.get("additionalProperties")
        if isinstance(extra, dict):
            out["additionalProperties"] = self._node(extra, partial)
        elif extra is not True and not node.get("x-kubernetes-preserve-unknown-fields"):
            out["additionalProperties"] = False
        if not partial and node.get("required"):
            out["required"] = list(node["required"])
        return out

    def _property(
        self, owner: str, key: str, node: dict[str, Any], partial: bool
    ) -> dict[str, Any]:
        out = self._node(node, partial)
        values = ENUMS.get((owner, key))
        if values is not None and "enum" not in out:
            out = {**out, "enum": [*values, None]}
        return out

    def _items(self, node: dict[str, Any], partial: bool) -> dict[str, Any]:
        """Entries of a list: partial only where the patch merges them one by one."""
        merge_key = node.get("x-kubernetes-patch-merge-key")
        merged = self._mode == "strategic" and merge_key is not None
        merged = merged and "merge" in str(node.get("x-kubernetes-patch-strategy", "")).split(",")
        entry = self._node(node["items"], partial and merged)
        if partial and merged:
            return {"allOf": [entry, {"required": [merge_key]}]}
        return entry

    def _combined(self, node: dict[str, Any]) -> dict[str, Any]:
        """Value rules of CRDs; structural schemas name no new fields in them."""
        out: dict[str, Any] = {
            key: [_rule(part) for part in node[key]] for key in _COMBINED if key in node
        }
        return out | ({"not": _rule(node["not"])} if isinstance(node.get("not"), dict) else {})


def _rule(node: dict[str, Any]) -> dict[str, Any]:
    """A value rule as draft 4 understands it: nested rules without our strictness."""
    out: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            out[key] = {name: _rule(part) for name, part in value.items()}
        elif key in _COMBINED:
            out[key] = [_rule(part) for part in value]
        elif key in ("not", "items") and isinstance(value, dict):
            out[key] = _rule(value)
        elif key in ("type", "enum", "required", *_COPIED, *_WHOLE_ONLY):
            out[key] = value
    return out
