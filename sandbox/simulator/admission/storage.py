"""Default classes: of storage for claims, of controllers for ingresses."""

from __future__ import annotations

from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.controllers.claims import default_class
from sandbox.simulator.engine import Engine
from sandbox.simulator.quantity import size
from sandbox.simulator.store import Object

DEFAULT_INGRESS = "ingressclass.kubernetes.io/is-default-class"


def with_class(engine: Engine, claim: Object) -> Object:
    """A claim that names no class gets the default one, if there is one."""
    if "storageClassName" in claim["spec"]:
        return claim
    name = default_class(engine)
    return claim if name is None else {**claim, "spec": {**claim["spec"], "storageClassName": name}}


def check_resize(engine: Engine, asked: Attributes) -> None:
    """PersistentVolumeClaimResize: only a class that expands volumes lets a bound claim grow.

    Raises ApiFailure 403.
    """
    if asked.operation != "UPDATE" or asked.sub or asked.old is None:
        return
    old, new = asked.old["spec"], asked.obj["spec"]
    before = (old.get("resources") or {}).get("requests", {}).get("storage")
    after = (new.get("resources") or {}).get("requests", {}).get("storage")
    if before is None or after is None or size(after) <= size(before) or "volumeName" not in old:
        return
    name = old.get("storageClassName") or ""
    found = engine.store.get("storage.k8s.io/storageclasses", None, name)
    if found is None or not found.get("allowVolumeExpansion"):
        raise asked.refusal(
            "only dynamically provisioned pvc can be resized and the storageclass that provisions "
            "the pvc must support resize"
        )


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
