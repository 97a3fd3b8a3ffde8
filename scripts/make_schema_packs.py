"""Make tools/data/schemas/k8s-*.json.xz from the installed kubernetes-validate package.

    python -m scripts.make_schema_packs [--check]

kubernetes-validate carries Kubernetes' OpenAPI v2 definitions with null added to every optional
type. This undoes that and writes OpenAPI v3 components, the form a live server's /openapi/v3 has.
`--check` writes nothing and fails when a file would change.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import lzma
import sys
from pathlib import Path
from typing import Any

from tools.manifest.pack import FOLDER, PACKED

INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"


def convert(definitions: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI v3 component schemas from kubernetes-validate's `$defs`."""
    schemas = {name: _schema(schema) for name, schema in sorted(definitions.items())}
    description = schemas[INT_OR_STRING].get("description", "")
    schemas[INT_OR_STRING] = {
        "description": description or "An integer or a string.",
        "format": "int-or-string",
        "oneOf": [{"type": "integer"}, {"type": "string"}],
    }
    schemas[QUANTITY] = {
        "description": "Quantity is a fixed-point number such as 500m, 2, 128Mi or 1e3.",
        "oneOf": [{"type": "string"}, {"type": "number"}],
    }
    return schemas


def _schema(node: dict[str, Any]) -> dict[str, Any]:
    """One schema without the added nulls; `$ref` pointed at components."""
    out: dict[str, Any] = {}
    for key, value in node.items():
        if key == "type":
            out[key] = _type(value)
        elif key == "$ref":
            out[key] = value.replace("#/$defs/", "#/components/schemas/")
        elif key == "properties":
            out[key] = {name: _property(name, schema) for name, schema in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            out[key] = _schema(value)
        else:
            out[key] = value
    return out


def _property(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A property; the enums on apiVersion and kind are kubernetes-validate's, not upstream's."""
    if name in ("apiVersion", "kind"):
        schema = {key: value for key, value in schema.items() if key != "enum"}
    return _schema(schema)


def _type(value: str | list[str]) -> str:
    kinds = [kind for kind in ([value] if isinstance(value, str) else value) if kind != "null"]
    if len(kinds) != 1:
        raise ValueError(f"unexpected type {value!r}")
    return kinds[0]


def make(version: str) -> bytes:
    """The packed file of one release."""
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise SystemExit("kubernetes-validate is missing: pip install --group data")
    folder = Path(spec.origin).parent / "kubernetes-json-schema" / f"v{version}.0-local"
    source = json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))
    release = importlib.metadata.version("kubernetes-validate")
    document = {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": f"v{version}.0"},
        "x-source": f"kubernetes-validate {release} (Apache-2.0), from Kubernetes {version}.0",
        "components": {"schemas": convert(source["$defs"])},
    }
    text = json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)


def main() -> int:
    """Write (or check) every packed release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a file would change")
    check = parser.parse_args().check
    stale = 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for version in PACKED:
        path = FOLDER / f"k8s-{version}.json.xz"
        data = make(version)
        if check:
            stale += not path.is_file() or path.read_bytes() != data
        else:
            path.write_bytes(data)
            print(f"{path.name}: {len(data)} bytes")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
