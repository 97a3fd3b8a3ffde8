"""The namespace controller: empties a namespace that is being deleted, and says what holds it up.

Words and order are those of pkg/controller/namespace/deletion: pods first, then the rest; finalizers
of the content are waited for, for ever if need be.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from sandbox.simulator.conditions import condition, since
from sandbox.simulator.deletion import delete, going, settled
from sandbox.simulator.durations import elapsed
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object

FINALIZER = "kubernetes"
FINALIZER_ESTIMATE = 15.0
"""Seconds that the controller gives finalizers before it looks again (finalizerEstimateSeconds)."""
STUCK = 600.0
"""Seconds between two looks at a namespace in which nothing moves."""
_FINE = {
    "NamespaceDeletionDiscoveryFailure": (
        "ResourcesDiscovered",
        "All resources successfully discovered",
    ),
    "NamespaceDeletionGroupVersionParsingFailure": (
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    "NamespaceDeletionContentFailure": (
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    "NamespaceContentRemaining": ("ContentRemoved", "All content successfully removed"),
    "NamespaceFinalizersRemaining": (
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
    ),
}


class _Rest(NamedTuple):
    instances: Counter[str]
    """`plural.group` -> objects that are still there."""
    finalizers: Counter[str]
    estimate: float
    """Seconds until it is worth looking again."""


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Bring a namespace nearer to its end; returns seconds until the next look."""
    found = engine.store.get("namespaces", None, name)
    if found is None or not going(found):
        return None
    if FINALIZER not in found["spec"].get("finalizers", []):
        settled(engine, found)
        return None
    rest = _empty(engine, name)
    if rest.instances:
        conditions = _conditions(engine, found, rest)
        if conditions == found["status"].get("conditions"):
            return STUCK  # a change in the namespace wakes the controller before that
        engine.set_status(found, {**found["status"], "conditions": conditions})
        return rest.estimate / 2 + 1
    left = [item for item in found["spec"]["finalizers"] if item != FINALIZER]
    spec = {field: value for field, value in found["spec"].items() if field != "finalizers"}
    spec = {**spec, "finalizers": left} if left else spec
    settled(engine, engine.replace({**found, "spec": spec}))
    return None


def _empty(engine: Engine, name: str) -> _Rest:
    """Delete everything in a namespace; what is left, with what holds it."""
    rows = [row for row in engine.store.resources() if row.namespaced and row.view_of is None]
    rest = _Rest(Counter(), Counter(), 0.0)
    rows.sort(key=lambda row: row.key != "pods")
    for row in rows:
        if not {"delete", "deletecollection"} & set(row.verbs):
            continue
        for obj in engine.store.list(row.key, name):
            delete(engine, obj, policy=None if going(obj) else "Background")
        for obj in engine.store.list(row.key, name):
            finalizers = obj["metadata"].get("finalizers", [])
            rest.instances[f"{row.plural}.{row.group}"] += 1
            rest.finalizers.update(finalizers)
            wait = FINALIZER_ESTIMATE if finalizers else _left(engine, obj)
            rest = rest._replace(estimate=max(rest.estimate, wait))
        if row.key == "pods" and rest.instances:
            return rest  # nothing else is touched while pods are left (OrderedNamespaceDeletion)
    return rest


def _left(engine: Engine, obj: Object) -> float:
    at = obj["metadata"].get("deletionTimestamp")
    if at is None:
        return 1.0
    return max(-elapsed(at, engine.now), 0.0)


def _conditions(engine: Engine, namespace: Object, rest: _Rest) -> list[dict[str, Any]]:
    texts = ", ".join(
        sorted(f"{what} has {n} resource instances" for what, n in rest.instances.items())
    )
    problems = {
        "NamespaceContentRemaining": (
            "SomeResourcesRemain",
            f"Some resources are remaining: {texts}",
        )
    }
    if rest.finalizers:
        texts = ", ".join(
            sorted(f"{what} in {n} resource instances" for what, n in rest.finalizers.items())
        )
        problems["NamespaceFinalizersRemaining"] = (
            "SomeFinalizersRemain",
            f"Some content in the namespace has finalizers remaining: {texts}",
        )
    made = []
    for type_, fine in _FINE.items():
        reason, message = problems.get(type_, fine)
        status, old = str(type_ in problems), condition(namespace, type_)
        made.append(
            {
                "lastTransitionTime": since(old, status, engine.stamp),
                "message": message,
                "reason": reason,
                "status": status,
                "type": type_,
            }
        )
    return made
