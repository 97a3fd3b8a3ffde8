"""Owners and what they own."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.store import Object, Store


def reference(owner: Object) -> dict[str, Any]:
    """The ownerReference of a controlling owner."""
    return {
        "apiVersion": owner["apiVersion"],
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
    }


def controller_of(obj: Object) -> dict[str, Any] | None:
    """The controlling ownerReference, if any."""
    for ref in obj["metadata"].get("ownerReferences", []):
        if ref.get("controller"):
            found: dict[str, Any] = ref
            return found
    return None


def owned(store: Store, key: str, owner: Object) -> list[Object]:
    """The objects of a key that an owner controls, oldest first, then by name."""
    found = []
    for obj in store.list(key, owner["metadata"].get("namespace")):
        ref = controller_of(obj)
        if ref is not None and ref["uid"] == owner["metadata"]["uid"]:
            found.append(obj)
    return sorted(found, key=lambda o: (o["metadata"]["creationTimestamp"], o["metadata"]["name"]))
