"""A custom resource with everything that structural schemas may say, for grammars of manifests."""

from __future__ import annotations

from typing import Any

GROUP, VERSION, KIND, PLURAL = "ops.example.com", "v1", "Backup", "backups"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        "spec": {
            "type": "object",
            "required": ["schedule", "target"],
            "properties": {
                "schedule": {"type": "string", "pattern": r"^@(hourly|daily|weekly)$"},
                "retention": {"type": "integer", "minimum": 1, "maximum": 30},
                "mode": {"type": "string", "enum": ["Full", "Incremental"]},
                "threshold": {"x-kubernetes-int-or-string": True},
                "size": {
                    "anyOf": [{"type": "integer"}, {"type": "string"}],
                    "pattern": r"^[1-9][0-9]{0,2}(Mi|Gi)$",
                    "x-kubernetes-int-or-string": True,
                },
                "ratio": {"type": "number", "minimum": 0, "maximum": 1},
                "paused": {"type": "boolean"},
                "since": {"type": "string", "format": "date-time"},
                "parameters": {"type": "object", "additionalProperties": {"type": "string"}},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "hooks": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 3,
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "name": {"type": "string", "minLength": 1, "maxLength": 20},
                            "command": {"type": "array", "items": {"type": "string"}},
                        },
                    },
                },
                "target": {
                    "type": "object",
                    "oneOf": [{"required": ["bucket"]}, {"required": ["claim"]}],
                    "properties": {
                        "bucket": {"type": "string", "maxLength": 63},
                        "claim": {"type": "string", "maxLength": 63},
                        "prefix": {"type": "string"},
                    },
                },
            },
        },
        "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
    },
}


def definition() -> dict[str, Any]:
    """The CustomResourceDefinition."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": SCHEMA},
                }
            ],
        },
    }
