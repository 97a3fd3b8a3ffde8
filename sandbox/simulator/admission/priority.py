"""Priority: what a PriorityClass means for a pod, and that only one is the default."""

from __future__ import annotations

from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object

KEY = "scheduling.k8s.io/priorityclasses"
SYSTEM = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
"""Classes that every cluster has, with their values."""


def resolve(engine: Engine, asked: Attributes) -> None:
    """Fill a new pod's priority in place. Raises ApiFailure 403."""
    spec = asked.obj["spec"]
    name = spec.get("priorityClassName")
    value, policy = 0, "PreemptLowerPriority"
    if not name:
        default = _default(engine)
        if default is not None:
            name = spec["priorityClassName"] = default["metadata"]["name"]
    found = engine.store.get(KEY, None, name) if name else None
    if found is not None:
        value, policy = int(found.get("value", 0)), found.get("preemptionPolicy") or policy
    elif name in SYSTEM:
        value = SYSTEM[name]
    elif name:
        raise asked.refusal(f"no PriorityClass with name {name} was found")
    if spec.get("priority", value) != value:
        raise asked.refusal(
            f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; "
            f"priority admission controller computed {value} from the given PriorityClass name"
        )
    spec["priority"] = value
    spec.setdefault("preemptionPolicy", policy)


def check_default(engine: Engine, asked: Attributes) -> None:
    """Raises ApiFailure 403 for a second globalDefault."""
    if asked.operation == "DELETE" or not asked.obj.get("globalDefault"):
        return
    default = _default(engine)
    if default is not None and default["metadata"]["name"] != asked.name:
        raise asked.refusal(
            f"PriorityClass {default['metadata']['name']} is already marked as default. Only one "
            "default can exist"
        )


def _default(engine: Engine) -> Object | None:
    found = [item for item in engine.store.list(KEY) if item.get("globalDefault")]
    return min(found, key=lambda item: int(item.get("value", 0))) if found else None
