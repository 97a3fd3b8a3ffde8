"""NamespaceLifecycle: nothing is created in a namespace that is not there, or that is going."""

from __future__ import annotations

from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import ApiFailure, object_not_found
from sandbox.simulator.resources import BY_KEY

IMMORTAL = frozenset({"default", "kube-system", "kube-public"})
"""Namespaces that cannot be deleted."""

_REVIEWS = frozenset({"LocalSubjectAccessReview"})


def check(engine: Engine, asked: Attributes) -> None:
    """Raises ApiFailure 404 and 403."""
    name = asked.namespace
    if asked.operation != "CREATE" or not name or asked.row.kind in _REVIEWS:
        return
    found = engine.store.get("namespaces", None, name)
    if found is None:
        raise object_not_found(BY_KEY["namespaces"], name)
    if (found.get("status") or {}).get("phase") != "Terminating":
        return
    why = f"unable to create new content in namespace {name} because it is being terminated"
    failure = asked.refusal(why)
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {name} is being terminated",
        "field": "metadata.namespace",
    }
    details = {**(failure.details or {}), "causes": [cause]}
    raise ApiFailure(failure.code, failure.reason, failure.message, details)
