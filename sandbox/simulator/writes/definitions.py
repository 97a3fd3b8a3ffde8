"""CustomResourceDefinitions: their status, and what happens to custom resources when they go."""

from __future__ import annotations

import copy

from sandbox.simulator.engine import Engine
from sandbox.simulator.store import CRD_KEY, Object

_CONDITIONS = (
    ("NamesAccepted", "NoConflicts", "no conflicts found"),
    ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
)


def establish(engine: Engine, crd: Object) -> None:
    """Fill in names and status of a definition in place, as its controllers do within a second."""
    spec = crd["spec"] = copy.deepcopy(crd["spec"])
    names = spec["names"]
    names.setdefault("singular", str(names.get("kind", "")).lower())
    names.setdefault("listKind", f"{names.get('kind', '')}List")
    spec.setdefault("conversion", {"strategy": "None"})
    versions = [item for item in spec.get("versions") or [] if isinstance(item, dict)]
    stored = [str(item.get("name")) for item in versions if item.get("storage")]
    old = crd.get("status") or {}
    conditions = old.get("conditions") or [
        {
            "lastTransitionTime": engine.stamp,
            "message": message,
            "reason": reason,
            "status": "True",
            "type": type_,
        }
        for type_, reason, message in _CONDITIONS
    ]
    known = old.get("storedVersions") or []
    crd["status"] = {
        "acceptedNames": copy.deepcopy(names),
        "conditions": conditions,
        "storedVersions": [*known, *(name for name in stored if name not in known)],
    }


def remove(engine: Engine, crd: Object) -> None:
    """Remove a definition with every object of its kind."""
    spec = crd["spec"]
    key = f"{spec['group']}/{spec['names']['plural']}"
    for obj in engine.store.list(key):
        meta = obj["metadata"]
        engine.store.delete(key, meta.get("namespace"), meta["name"])
    engine.store.delete(CRD_KEY, None, crd["metadata"]["name"])
