"""Default classes: of storage for claims, of controllers for ingresses."""

from __future__ import annotations

from sandbox.simulator.controllers.claims import default_class
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object

DEFAULT_INGRESS = "ingressclass.kubernetes.io/is-default-class"


def with_class(engine: Engine, claim: Object) -> Object:
    """A claim that names no class gets the default one, if there is one."""
    if "storageClassName" in claim["spec"]:
        return claim
    name = default_class(engine)
    return claim if name is None else {**claim, "spec": {**claim["spec"], "storageClassName": name}}


def with_ingress_class(engine: Engine, ingress: Object) -> Object:
    """An ingress that names no class gets the default one, if there is one."""
    spec, notes = ingress.get("spec") or {}, ingress["metadata"].get("annotations") or {}
    if "ingressClassName" in spec or "kubernetes.io/ingress.class" in notes:
        return ingress
    for item in engine.store.list("networking.k8s.io/ingressclasses"):
        meta = item["metadata"]
        if (meta.get("annotations") or {}).get(DEFAULT_INGRESS) == "true":
            return {**ingress, "spec": {**spec, "ingressClassName": meta["name"]}}
    return ingress
