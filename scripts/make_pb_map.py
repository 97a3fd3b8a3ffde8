"""Make sandbox/simulator/data/pbmap.json.z from a kubectl binary (1.27 to 1.33) and a schema pack.

    python -m scripts.make_pb_map PATH/TO/kubectl.1.33

kubectl sends some request bodies as protobuf. Its binary carries the gzipped descriptors of those
messages (until 1.34; field numbers never change, so an old binary does). The map is all that the
simulator's decoder needs: {message: {field number: [JSON name, type, repeated, inline]}}.
Types: string, bytes, bool, int, sint, double, fixed64, fixed32, `.message`, or
`{value type` for a map with string keys. `inline` marks embedded structs that JSON does not name.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.simulator.protobuf import MAP_FILE, fields, message_name
from sandbox.simulator.resources import RESOURCES
from tools.manifest.pack import load_pack

GZIP_MAGIC = b"\x1f\x8b\x08"
BLOB_LIMIT = 1 << 20
"""No descriptor is longer than this, compressed."""

# Types of google.protobuf.FieldDescriptorProto.
TYPES = {
    1: "double",
    2: "float",
    3: "int",
    4: "uint",
    5: "int",
    6: "fixed64",
    7: "fixed32",
    8: "bool",
    9: "string",
    12: "bytes",
    13: "uint",
    14: "int",
    15: "fixed32",
    16: "fixed64",
    17: "sint",
    18: "sint",
}
MESSAGE, REPEATED = 11, 3

Field = tuple[str, str, bool, bool]
Messages = dict[str, dict[int, Field]]


def descriptors(binary: bytes) -> Iterator[bytes]:
    """Every gzipped FileDescriptorProto of a Kubernetes package inside a binary."""
    at = binary.find(GZIP_MAGIC)
    while at >= 0:
        try:
            blob = zlib.decompressobj(31).decompress(binary[at : at + BLOB_LIMIT])
        except zlib.error:
            blob = b""
        if b"generated.proto" in blob[:120]:
            yield blob
        at = binary.find(GZIP_MAGIC, at + 1)


def read_file(blob: bytes) -> Messages:
    """The messages of one FileDescriptorProto, nested ones included."""
    parts = list(fields(blob))
    package = next(value.decode() for number, value in parts if number == 2)
    found: Messages = {}
    for number, value in parts:
        if number == 4:
            _read_message(package, value, found)
    return found


def _read_message(prefix: str, blob: bytes, found: Messages) -> None:
    parts = list(fields(blob))
    name = prefix + "." + next(value.decode() for number, value in parts if number == 1)
    found[name] = {}
    for number, value in parts:
        if number == 2:
            key, field = _read_field(value)
            found[name][key] = field
        elif number == 3:
            _read_message(name, value, found)


def _read_field(blob: bytes) -> tuple[int, Field]:
    values: dict[int, Any] = dict(fields(blob))
    kind = values[5]
    type_ = values[6].decode() if kind == MESSAGE else TYPES[kind]
    return values[3], (values[1].decode(), type_, values.get(4) == REPEATED, False)


def finish(messages: Messages) -> Messages:
    """Turn map entries into map types and mark what JSON inlines."""
    schemas = load_pack("1.36")
    result: Messages = {}
    for name, by_number in messages.items():
        schema = schemas.get(name.replace("k8s.io.", "io.k8s.", 1), {})
        properties = schema.get("properties")
        result[name] = {
            number: _finish_field(field, messages, properties)
            for number, field in by_number.items()
        }
    return {name: item for name, item in result.items() if not name.endswith("Entry")}


def _finish_field(field: Field, messages: Messages, properties: dict[str, Any] | None) -> Field:
    name, type_, repeated, _ = field
    if type_.startswith(".") and type_.endswith("Entry") and type_[1:] in messages:
        return name, "{" + messages[type_[1:]][2][1], False, False
    if properties is not None and name not in properties:
        # Two lists of webhooks have a Go name in their descriptor.
        name = name[0].lower() + name[1:]
    inline = type_.startswith(".") and properties is not None and name not in properties
    return name, type_, repeated, inline


def needed(messages: Messages) -> Messages:
    """The messages reachable from the kinds that the simulator serves, and DeleteOptions."""
    todo = [message_name(row.api_version, row.kind) for row in RESOURCES]
    todo += [message_name(*kind) for kind in EXTRA]
    kept: Messages = {}
    while todo:
        name = todo.pop()
        if name in kept or name not in messages:
            continue
        kept[name] = messages[name]
        todo += [field[1].lstrip("{.") for field in messages[name].values()]
    return kept


EXTRA = (
    ("v1", "DeleteOptions"),
    ("autoscaling/v1", "Scale"),
    ("policy/v1", "Eviction"),
    ("authentication.k8s.io/v1", "TokenRequest"),
)


def main(argv: list[str]) -> int:
    """Write the map; fails when the binary holds no descriptors."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("kubectl", type=Path)
    binary = parser.parse_args(argv).kubectl.read_bytes()
    messages: Messages = {}
    for blob in descriptors(binary):
        messages.update(read_file(blob))
    if not messages:
        print("no descriptors in this binary; take kubectl 1.27 to 1.33", file=sys.stderr)
        return 1
    kept = needed(finish(messages))
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    MAP_FILE.parent.mkdir(exist_ok=True)
    MAP_FILE.write_bytes(zlib.compress(text.encode(), 9))
    print(f"{len(kept)} of {len(messages)} messages, {MAP_FILE.stat().st_size} bytes: {MAP_FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
