"""References to an object, as claimRef, involvedObject and status.active hold them."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.store import Object


def object_reference(obj: Object) -> dict[str, Any]:
    """The ObjectReference of a stored object."""
    meta = obj["metadata"]
    found = {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": meta["name"],
        "namespace": meta.get("namespace"),
        "resourceVersion": meta["resourceVersion"],
        "uid": meta["uid"],
    }
    return {field: value for field, value in found.items() if value is not None}
