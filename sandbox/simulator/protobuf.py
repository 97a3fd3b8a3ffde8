"""Kubernetes' protobuf request bodies, decoded to the JSON they stand for.

kubectl's create generators, access reviews and some deletes send `application/vnd.kubernetes.
protobuf`: four magic bytes and a runtime.Unknown around the object. Only decoding is needed, since
every client accepts JSON answers. Field numbers and names come from `data/pbmap.json.z`, made by
scripts/make_pb_map.py.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

MAGIC = b"k8s\x00"
MAP_FILE = Path(__file__).parent / "data" / "pbmap.json.z"
MAX_DEPTH = 100
"""Deeper nesting is an attack, not an object (JSON schemas nest, but not so far)."""

Object = dict[str, Any]

_META = "k8s.io.apimachinery.pkg.apis.meta.v1"
_TIMES = (f"{_META}.Time", f"{_META}.MicroTime")
_QUANTITY = "k8s.io.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "k8s.io.apimachinery.pkg.util.intstr.IntOrString"
_RAW = (f"{_META}.FieldsV1", "k8s.io.apimachinery.pkg.runtime.RawExtension")
_OBJECT_META = (f"{_META}.ObjectMeta", f"{_META}.ListMeta")
_DURATION = f"{_META}.Duration"


class WireError(ValueError):
    """The bytes are no protobuf, or not of the message they claim to be."""


def decode(body: bytes) -> Object:
    """The object inside a Kubernetes protobuf body. Raises WireError."""
    if not body.startswith(MAGIC):
        raise WireError("provided data does not appear to be a protobuf message")
    envelope = dict(fields(body[len(MAGIC) :]))
    kind_of = envelope.get(1, b"")
    if not isinstance(kind_of, bytes):
        raise WireError("malformed envelope")
    type_meta = {number: _text(value) for number, value in fields(kind_of)}
    api_version, kind = type_meta.get(1, ""), type_meta.get(2, "")
    raw = envelope.get(2, b"")
    name = message_name(api_version, kind)
    if name not in _messages() or not isinstance(raw, bytes):
        raise WireError(f'no kind "{kind}" is registered for version "{api_version}"')
    return {"kind": kind, "apiVersion": api_version, **_message(name, raw, 0)}


def message_name(api_version: str, kind: str) -> str:
    """The protobuf message of an API kind."""
    if kind in ("DeleteOptions", "Status", "ListOptions"):
        return f"{_META}.{kind}"
    group, _, version = api_version.rpartition("/")
    return f"k8s.io.api.{group.partition('.')[0] or 'core'}.{version}.{kind}"


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """(number, value) of a message: int for varints, bytes for everything else.

    Raises WireError when the bytes end inside a field or use the group encoding.
    """
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        wire, number = tag & 7, tag >> 3
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise WireError(f"wire type {wire}")
        if number == 0 or at + size > end:
            raise WireError("unexpected EOF")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise WireError("unexpected EOF")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


@cache
def _messages() -> dict[str, dict[str, tuple[str, str, bool, bool]]]:
    loaded: dict[str, dict[str, tuple[str, str, bool, bool]]] = json.loads(
        zlib.decompress(MAP_FILE.read_bytes())
    )
    return loaded


def _message(name: str, data: bytes, depth: int) -> Object:
    if depth > MAX_DEPTH:
        raise WireError("nested too deeply")
    known = _messages().get(name, {})
    result: Object = {}
    for number, raw in fields(data):
        field = known.get(str(number))
        if field is None:
            continue
        key, kind, repeated, inline = field
        if kind.startswith("{"):
            entry = dict(fields(_bytes(raw)))
            value = _value(kind[1:], entry.get(2, _zero(kind[1:])), depth)
            result.setdefault(key, {})[_text(entry.get(1, b""))] = value
            continue
        value = _value(kind, raw, depth)
        if inline and isinstance(value, dict):
            result.update(value)
        elif repeated:
            result.setdefault(key, []).append(value)
        elif not _dropped(name, value):
            result[key] = value
    return result


def _dropped(message: str, value: Any) -> bool:
    """Whether Go's JSON would leave the field out (omitempty); zero counts are kept on purpose.

    Protobuf of Go structs always carries the zero of a non-pointer field, JSON does not. The two
    cannot be told apart here; an explicit `replicas: 0` matters, an empty string never does.
    """
    if value == "" or value is None:
        return True
    return message in _OBJECT_META and value == 0


def _value(kind: str, raw: Any, depth: int) -> Any:
    if kind.startswith("."):
        return _special(kind[1:], _bytes(raw), depth)
    if kind in ("string", "bytes"):
        data = _bytes(raw)
        return _text(data) if kind == "string" else base64.b64encode(data).decode()
    if kind in ("double", "float", "fixed64", "fixed32"):
        return _fixed(kind, _bytes(raw))
    if not isinstance(raw, int):
        raise WireError("varint expected")
    if kind == "bool":
        return bool(raw)
    if kind == "sint":
        return (raw >> 1) ^ -(raw & 1)
    # int32 and int64 are sign-extended to 64 bits on the wire.
    return raw - (1 << 64) if kind == "int" and raw >= 1 << 63 else raw


def _special(name: str, data: bytes, depth: int) -> Any:
    """Types whose JSON is not an object of their fields."""
    if name in _TIMES:
        return _time(data, micro=name.endswith("MicroTime"))
    if name == _QUANTITY:
        return _text(dict(fields(data)).get(1, b""))
    if name == _DURATION:
        nanos = _value("int", dict(fields(data)).get(1, 0), depth)
        return f"{nanos / 1e9:g}s"
    if name == _INT_OR_STRING:
        parts = dict(fields(data))
        if parts.get(1):
            return _text(parts.get(3, b""))
        return _value("int", parts.get(2, 0), depth)
    if name in _RAW:
        text = _text(dict(fields(data)).get(1, b""))
        try:
            return json.loads(text) if text else None
        except ValueError as error:
            raise WireError("raw JSON expected") from error
    return _message(name, data, depth + 1)


def _time(data: bytes, *, micro: bool) -> str | None:
    parts = dict(fields(data))
    if not parts:
        return None
    seconds, nanos = _value("int", parts.get(1, 0), 0), _value("int", parts.get(2, 0), 0)
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            seconds=seconds, microseconds=nanos // 1000
        )
    except OverflowError as error:
        raise WireError("time out of range") from error
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def _fixed(kind: str, data: bytes) -> float | int:
    form = {"double": "<d", "float": "<f", "fixed64": "<q", "fixed32": "<i"}[kind]
    if len(data) != struct.calcsize(form):
        raise WireError("fixed-width value expected")
    value: float | int = struct.unpack(form, data)[0]
    return value


def _zero(kind: str) -> Any:
    return b"" if kind.startswith(".") or kind in ("string", "bytes") else 0


def _bytes(raw: Any) -> bytes:
    if not isinstance(raw, bytes):
        raise WireError("length-delimited value expected")
    return raw


def _text(raw: Any) -> str:
    try:
        return _bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise WireError("invalid UTF-8") from error
