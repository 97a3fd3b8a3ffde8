"""A manifest as client-side `kubectl apply` sends it."""

from __future__ import annotations

import copy
import json

from sandbox.simulator.store import Object

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation that client-side `kubectl apply` leaves."""


def applied(manifest: Object, namespace: str | None) -> Object:
    """The manifest as `kubectl apply` sends it: namespace and last-applied annotation set."""
    obj = copy.deepcopy(manifest)
    meta = obj.setdefault("metadata", {})
    if namespace is not None:
        meta["namespace"] = namespace
    original = copy.deepcopy(obj)
    original["metadata"].setdefault("annotations", {})
    text = json.dumps(original, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for char in "<>&":  # Go's encoder escapes these
        text = text.replace(char, f"\\u{ord(char):04x}")
    meta["annotations"] = {**meta.get("annotations", {}), LAST_APPLIED: text + "\n"}
    return obj
