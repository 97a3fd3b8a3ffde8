"""Packed Kubernetes schemas: OpenAPI v3 components of a few releases, for work without a cluster.

Made by scripts/make_schema_packs.py from kubernetes-validate. They hold types, required fields,
descriptions, merge keys and group-version-kinds; they hold no defaults and no validation rules.
"""

from __future__ import annotations

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "data" / "schemas"
PACKED = ("1.32", "1.34", "1.36")
"""Releases that ship with the package, oldest first."""

Schemas = dict[str, dict[str, Any]]
"""Schema name such as `io.k8s.api.apps.v1.Deployment` -> its OpenAPI v3 schema."""


@cache
def load_pack(version: str) -> Schemas:
    """The component schemas of one packed release. Treat them as read-only: they are shared.

    Raises KeyError for a release that is not packed; see `nearest`.
    """
    if version not in PACKED:
        raise KeyError(version)
    raw = lzma.decompress((FOLDER / f"k8s-{version}.json.xz").read_bytes())
    schemas: Schemas = json.loads(raw)["components"]["schemas"]
    return schemas


def nearest(version: str) -> str:
    """The packed release nearest to `v1.33.4`, `1.33` or `1.33+`: the older one on a tie.

    The older release is the safer guess, since a field it lacks may not exist in the target. Text
    that is no version gives the newest.
    """
    minor = _minor(version)
    if minor is None:
        return PACKED[-1]
    return min(PACKED, key=lambda packed: (abs((_minor(packed) or 0) - minor), packed))


def _minor(version: str) -> int | None:
    parts = version.strip().lstrip("v").split(".")
    digits = "".join(char for char in parts[1] if char.isdigit()) if len(parts) > 1 else ""
    return int(digits) if parts[0] == "1" and digits else None
