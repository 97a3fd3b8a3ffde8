"""OpenAPI documents of the simulated server, made from the packed schemas.

kubectl reads them for `explain`, for strict validation, and to learn whether a kind supports
`--dry-run=server`: the last needs `paths` with PATCH parameters, not only schemas.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

from sandbox.simulator.resources import Resource
from tools.manifest.pack import load_pack

PACK = "1.36"

V2_CONTENT_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
"""The request's media type has an `@`, which Go refuses in a response."""

# A Document with swagger 2.0, a title and empty paths and definitions: clients that find a kind in
# none of the definitions give the true "no matches for kind" error instead of failing here.
V2_PROTOBUF = b"\n\x032.0\x12\x0e\n\nKubernetes\x12\x00B\x00"

_REF = "#/components/schemas/"
_STATUS = "io.k8s.apimachinery.pkg.apis.meta.v1.Status"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

Json = dict[str, Any]


def index(rows: tuple[Resource, ...]) -> Json:
    """`/openapi/v3`: the documents there are, with a hash that changes when they do."""
    paths = {}
    for api_version in dict.fromkeys(row.api_version for row in rows):
        name = f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"
        own = [row for row in rows if row.api_version == api_version]
        digest = hashlib.sha256(repr((PACK, own)).encode()).hexdigest().upper()
        paths[name] = {"serverRelativeURL": f"/openapi/v3/{name}?hash={digest}"}
    return {"paths": paths}


@lru_cache(maxsize=64)
def document(rows: tuple[Resource, ...], api_version: str) -> bytes | None:
    """`/openapi/v3/apis/<group>/<version>` as JSON; None when there is no such version."""
    own = [row for row in rows if row.api_version == api_version]
    if not own:
        return None
    known = load_pack(PACK)
    names = {row: _schema_name(row, known) for row in own}
    schemas: Json = {}
    todo = [_STATUS, _META, *(name for name in names.values() if name in known)]
    while todo:
        name = todo.pop()
        if name in schemas or name not in known:
            continue
        schemas[name] = known[name]
        todo.extend(_references(known[name]))
    for row, name in names.items():
        schemas.setdefault(name, _custom_schema(row))
        schemas.setdefault(f"{name}List", _list_schema(row, name))
    paths: Json = {}
    for row, name in names.items():
        paths.update(_paths(row, name))
    info = {"title": "Kubernetes", "version": "v1.36.2"}
    return json.dumps(
        {
            "openapi": "3.0.0",
            "info": info,
            "paths": paths,
            "components": {"schemas": schemas},
        },
        separators=(",", ":"),
    ).encode()


def _schema_name(row: Resource, known: Json) -> str:
    wanted = {"group": row.group, "version": row.version, "kind": row.kind}
    for name, schema in known.items():
        # Options that go with every group carry many kinds; an object's schema has exactly one.
        if schema.get("x-kubernetes-group-version-kind") == [wanted]:
            return name
    reverse = ".".join(reversed(row.group.split(".")))
    return f"{reverse or 'io.k8s.api.core'}.{row.version}.{row.kind}"


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for item in schema for name in _references(item)]
    if not isinstance(schema, dict):
        return []
    found = [name for key, value in schema.items() if key != "$ref" for name in _references(value)]
    ref = schema.get("$ref")
    return [*found, ref.removeprefix(_REF)] if isinstance(ref, str) else found


def _gvk(row: Resource, kind: str) -> Json:
    return {"group": row.group, "version": row.version, "kind": kind}


def _custom_schema(row: Resource) -> Json:
    declared = row.schema if isinstance(row.schema, dict) else {}
    schema: Json = declared or {"x-kubernetes-preserve-unknown-fields": True}
    own = schema.get("properties")
    return {
        **schema,
        "type": "object",
        "properties": {
            **(own if isinstance(own, dict) else {}),
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"allOf": [{"$ref": _REF + _META}]},
        },
        "x-kubernetes-group-version-kind": [_gvk(row, row.kind)],
    }


def _list_schema(row: Resource, name: str) -> Json:
    return {
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "items": {"type": "array", "items": {"$ref": _REF + name}},
        },
        "x-kubernetes-group-version-kind": [_gvk(row, f"{row.kind}List")],
    }


def _query(name: str, kind: str = "string") -> Json:
    return {
        "name": name,
        "in": "query",
        "schema": {"type": kind, "uniqueItems": True},
    }


def _path_parameter(name: str) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "uniqueItems": True},
    }


_WRITE_QUERY = ("dryRun", "fieldManager", "fieldValidation")
_LIST_QUERY = ("continue", "fieldSelector", "labelSelector", "resourceVersion", "timeoutSeconds")

# (HTTP method, verb it needs, x-kubernetes-action, query parameters)
_OBJECT_METHODS = (
    ("get", "get", "get", ()),
    ("put", "update", "put", _WRITE_QUERY),
    ("patch", "patch", "patch", (*_WRITE_QUERY, "force")),
    ("delete", "delete", "delete", ("dryRun", "gracePeriodSeconds", "propagationPolicy")),
)
_COLLECTION_METHODS = (
    ("get", "list", "list", (*_LIST_QUERY, "limit", "watch")),
    ("post", "create", "post", _WRITE_QUERY),
    ("delete", "deletecollection", "deletecollection", _LIST_QUERY),
)
_PATCH_TYPES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)


def _paths(row: Resource, name: str) -> Json:
    root = f"/apis/{row.api_version}" if row.group else f"/api/{row.api_version}"
    scope = "/namespaces/{namespace}" if row.namespaced else ""
    parameters = [_path_parameter("namespace")] if row.namespaced else []
    collection = f"{root}{scope}/{row.plural}"
    paths = {collection: _operations(row, name, _COLLECTION_METHODS, parameters)}
    if "get" in row.verbs:
        named = [_path_parameter("name"), *parameters]
        paths[f"{collection}/{{name}}"] = _operations(row, name, _OBJECT_METHODS, named)
    return {path: item for path, item in paths.items() if len(item) > 1}


def _operations(
    row: Resource, name: str, methods: tuple[tuple[str, str, str, tuple[str, ...]], ...], path: Any
) -> Json:
    item: Json = {"parameters": path}
    for method, verb, action, query in methods:
        if verb not in row.verbs:
            continue
        returned = f"{name}List" if verb == "list" else name
        schema = {"$ref": _REF + (_STATUS if method == "delete" else returned)}
        operation: Json = {
            "operationId": f"{action}{row.kind}",
            "parameters": [_query(field) for field in query],
            "responses": {
                "200": {"description": "OK", "content": {"application/json": {"schema": schema}}}
            },
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": _gvk(row, row.kind),
        }
        if method in ("put", "post"):
            body = {"schema": {"$ref": _REF + name}}
            operation["requestBody"] = {"content": {"*/*": body}, "required": True}
        if method == "patch":
            operation["requestBody"] = {
                "content": {media: {"schema": {"type": "object"}} for media in _PATCH_TYPES},
                "required": True,
            }
        item[method] = operation
    return item
