"""How objects go: at once, after a grace period, or when the last finalizer is gone.

The rules are those of apiserver's `rest.BeforeDelete` and of the pod strategy: a pod that runs on a node
is only marked, and its kubelet removes it; an object with finalizers is marked and stays until they are
taken away. A marked object never comes back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sandbox.simulator.clock import seconds
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object, timestamp

Policy = Literal["Background", "Foreground", "Orphan"]
"""propagationPolicy."""

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
_POLICY_FINALIZERS = {"Foreground": FOREGROUND, "Orphan": ORPHAN}


def going(obj: Object) -> bool:
    """Whether an object is marked for deletion."""
    return "deletionTimestamp" in obj["metadata"]


def grace_period(pod: Object, wanted: float | None = None) -> float:
    """Seconds that a pod gets when its deletion asks for `wanted` (None: its own period)."""
    if not pod["spec"].get("nodeName") or terminal(pod):
        return 0
    period = pod["spec"].get("terminationGracePeriodSeconds", 30) if wanted is None else wanted
    return float(1 if period < 0 else period)


def delete(
    engine: Engine, obj: Object, *, grace: float | None = None, policy: Policy | None = None
) -> Object | None:
    """Delete an object as its API server does; returns it while it still exists, else None.

    grace: seconds, for pods only; None is what the pod itself says, 0 takes it away at once.
    policy: what becomes of its dependents; None keeps the finalizers as they are (in the background).
    """
    row = engine.store.resource_of(obj)
    meta = dict(obj["metadata"])
    period = grace_period(obj, grace) if row.key == "pods" else 0.0
    if policy is not None:
        meta["finalizers"] = _finalizers(meta.get("finalizers", []), policy)
        if not meta["finalizers"]:
            del meta["finalizers"]
    held = bool(meta.get("finalizers")) or _is_held_namespace(row.key, obj)
    if not held and not period:
        engine.store.delete(row.key, meta.get("namespace"), meta["name"])
        return None
    if going(obj) and period >= meta.get("deletionGracePeriodSeconds", 0):
        return obj if meta == obj["metadata"] else engine.replace({**obj, "metadata": meta})
    since = _asked(obj, engine.now) if going(obj) else engine.now
    meta["deletionGracePeriodSeconds"] = int(period)
    meta["deletionTimestamp"] = timestamp(since + seconds(period))
    if "generation" in meta and not going(obj):
        meta["generation"] += 1
    marked = {**obj, "metadata": meta}
    if row.key == "namespaces":
        marked["status"] = {**obj.get("status", {}), "phase": "Terminating"}
    return engine.replace(marked)


def unblock(engine: Engine, obj: Object, finalizer: str) -> Object | None:
    """Take a finalizer away; the last one of a marked object takes the object with it."""
    meta = dict(obj["metadata"])
    left = [name for name in meta.get("finalizers", []) if name != finalizer]
    if left == meta.get("finalizers", []):
        return obj
    meta["finalizers"] = left
    if not left:
        del meta["finalizers"]
    released = engine.replace({**obj, "metadata": meta})
    return settled(engine, released)


def settled(engine: Engine, obj: Object) -> Object | None:
    """Remove a marked object that nothing holds any more; returns it while it exists."""
    meta, row = obj["metadata"], engine.store.resource_of(obj)
    held = meta.get("finalizers") or _is_held_namespace(row.key, obj)
    if not going(obj) or held or meta.get("deletionGracePeriodSeconds"):
        return obj
    engine.store.delete(row.key, meta.get("namespace"), meta["name"])
    return None


def _asked(obj: Object, now: datetime) -> datetime:
    """When a marked object's deletion was asked for first."""
    meta = obj["metadata"]
    at = datetime.fromisoformat(meta["deletionTimestamp"])
    return min(at - seconds(meta.get("deletionGracePeriodSeconds", 0)), now)


def _finalizers(old: list[str], policy: Policy) -> list[str]:
    kept = [name for name in old if name not in _POLICY_FINALIZERS.values()]
    extra = _POLICY_FINALIZERS.get(policy)
    return [*kept, extra] if extra else kept


def _is_held_namespace(key: str, obj: Object) -> bool:
    return key == "namespaces" and bool(obj["spec"].get("finalizers"))
