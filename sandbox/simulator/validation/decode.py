"""strict: the JSON types and field names of a request body against the kind's schema.

After the server's JSON serializer and the create handler's transformDecodeError. Custom resources
are pruned, and their defaults filled in, by custom.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal, NamedTuple

from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.resources import BY_KIND, Resource
from sandbox.simulator.store import Object
from sandbox.simulator.validation import custom, gotypes
from sandbox.simulator.validation.reader import Reader, StopError, json_type

Mode = Literal["Strict", "Warn", "Ignore"]
"""The `fieldValidation` query parameter."""

SCHEME = "pkg/api/legacyscheme/scheme.go:30"
"""Where the server's registry of types stands in its source; it says so when a kind is missing."""

SHOWN = 30
"""Bytes of a body that an error shows."""

_OLD = {
    # served no more, still registered: these convert to the kind of today
    "apps/v1beta1": ("Deployment", "StatefulSet", "ControllerRevision"),
    "apps/v1beta2": ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ControllerRevision"),
    "extensions/v1beta1": ("Deployment", "DaemonSet", "ReplicaSet", "Ingress", "NetworkPolicy"),
    "batch/v1beta1": ("CronJob",),
    "policy/v1beta1": ("PodDisruptionBudget", "Eviction"),
    "networking.k8s.io/v1beta1": ("Ingress", "IngressClass"),
    "rbac.authorization.k8s.io/v1beta1": ("Role", "RoleBinding", "ClusterRole"),
    "storage.k8s.io/v1beta1": ("StorageClass", "CSIDriver", "CSINode", "VolumeAttachment"),
    "scheduling.k8s.io/v1beta1": ("PriorityClass",),
}


class Decoded(NamedTuple):
    """A body that could be decoded."""

    obj: Object
    """A copy of the body: no unknown fields, no nulls, quantities and times in canonical form."""
    warnings: list[str]
    """Texts for Warning headers."""


def strict(row: Resource, body: Object, mode: Mode, *, repeated: Sequence[str] = ()) -> Decoded:
    """The body as an object of this kind. Raises ApiFailure 400 in the server's words.

    `repeated` are the paths that the JSON reader saw twice. Missing apiVersion and kind are those
    of the row, as for every built-in kind; a custom resource must have its kind.
    """
    if not isinstance(body, dict):
        value = json_type(body)
        raise bad_request(
            f"the object provided is unrecognized (must be of type {row.kind}): couldn't get "
            f"version/kind; json parse error: json: cannot unmarshal {value} into Go value of "
            'type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string '
            f'"json:\\"kind,omitempty\\"" }} ({_summary(body)})'
        )
    api_version, kind = _type_meta(row, body)
    reader = Reader()
    try:
        obj = _read(reader, row, body)
    except StopError as error:
        raise _cannot(row, kind, api_version, str(error)) from error
    except RecursionError as error:
        raise _cannot(row, kind, api_version, "exceeded max depth") from error
    if reader.problem is not None:
        raise _cannot(row, kind, api_version, reader.problem)
    complaints = [*(f'duplicate field "{path}"' for path in repeated), *reader.unknown]
    if complaints and mode == "Strict":
        text = f"strict decoding error: {', '.join(complaints)}"
        raise _cannot(row, kind, api_version, text)
    if api_version != row.api_version:
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected API "
            f"version ({row.api_version})"
        )
    obj = {"apiVersion": api_version, "kind": kind, **obj}
    return Decoded(obj, complaints if mode == "Warn" else [])


def _read(reader: Reader, row: Resource, body: Object) -> Object:
    known = gotypes.type_of(row.group, row.version, row.kind)
    if known is not None and known.shape == "struct":
        return reader.struct(body, known, "")
    rest = {key: value for key, value in body.items() if key != "metadata"}
    out = custom.pruned(rest, row.schema, reader)
    if body.get("metadata") is not None:
        meta = gotypes.GoType("struct", row.kind, fields={"metadata": gotypes.object_meta()})
        out |= reader.struct({"metadata": body["metadata"]}, meta, "")
    return out


def _type_meta(row: Resource, body: Object) -> tuple[str, str]:
    """ApiVersion and kind, checked against those of the path."""
    for key in ("apiVersion", "kind"):
        value = body.get(key)
        if value is not None and not isinstance(value, str):
            raise _unrecognized(
                row,
                body,
                "couldn't get version/kind; json parse error: json: cannot unmarshal "
                f"{json_type(value)} into Go struct field .{key} of type string",
            )
    api_version = body.get("apiVersion") or ""
    kind = body.get("kind") or ""
    builtin = gotypes.type_of(row.group, row.version, row.kind) is not None
    if api_version.count("/") > 1:
        raise _unrecognized(row, body, f"unexpected GroupVersion string: {api_version}")
    if not builtin and not kind:
        raise _unrecognized(row, body, f"Object 'Kind' is missing in '{_json(body)}'")
    api_version, kind = api_version or row.api_version, kind or row.kind
    if not builtin or (api_version, kind) == (row.api_version, row.kind):
        return api_version, kind
    group, _, version = api_version.rpartition("/")
    old = kind in _OLD.get(api_version, ())
    if not old and (group, version, kind) not in gotypes.kinds():
        text = f'no kind "{kind}" is registered for version "{api_version}" in scheme "{SCHEME}"'
        raise _cannot(row, kind, api_version, text)
    if kind != row.kind or not (old or _same_type(row, api_version, group)):
        text = (
            f"converting ({version}.{kind}) to ({_package(row.group)}.{row.kind}): "
            "unknown conversion"
        )
        raise _cannot(row, kind, api_version, text)
    return api_version, kind


def _same_type(row: Resource, api_version: str, group: str) -> bool:
    """Whether the other version is a version of this very type."""
    other = BY_KIND.get((api_version, row.kind))
    return group == row.group or (other is not None and other.key == row.key)


def _package(group: str) -> str:
    """The Go package of a group's internal types."""
    return group.partition(".")[0] if group else "core"


def _cannot(row: Resource, kind: str, api_version: str, why: str) -> ApiFailure:
    version = api_version.rpartition("/")[2]
    return bad_request(f'{kind} in version "{version}" cannot be handled as a {row.kind}: {why}')


def _unrecognized(row: Resource, body: Object, why: str) -> ApiFailure:
    return bad_request(
        f"the object provided is unrecognized (must be of type {row.kind}): {why} ({_summary(body)})"
    )


def _summary(body: object) -> str:
    text = _json(body)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} ..."


def _json(body: object) -> str:
    try:
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        return "{}"  # nested too deep, or an integer too long to write
