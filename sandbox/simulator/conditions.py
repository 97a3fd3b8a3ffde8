"""Conditions of a status: finding one, and when it came to be what it is."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.store import Object


def condition(obj: Object, type_: str) -> dict[str, Any] | None:
    """The status condition of a type, if there is one."""
    for item in obj.get("status", {}).get("conditions", []):
        if item.get("type") == type_:
            found: dict[str, Any] = item
            return found
    return None


def since(old: dict[str, Any] | None, status: str, now: str) -> str:
    """The lastTransitionTime of a condition: the old one's while the status stays, else `now`."""
    return str(old["lastTransitionTime"]) if old and old["status"] == status else now


def is_ready(pod: Object) -> bool:
    """Whether a pod's Ready condition is True and it is not going away."""
    ready = condition(pod, "Ready")
    return bool(ready and ready["status"] == "True" and "deletionTimestamp" not in pod["metadata"])
