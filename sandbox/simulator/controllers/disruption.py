"""The disruption controller: how many of its pods a PodDisruptionBudget lets go."""

from __future__ import annotations

import math
from typing import Any

from sandbox.simulator.conditions import condition, is_ready, since
from sandbox.simulator.controllers.owned import controller_of
from sandbox.simulator.deletion import going
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.selectors import label_selector_matches, label_selector_text
from sandbox.simulator.store import Object

COMPONENT = "controllermanager"
_SCALED = {
    "Deployment": "apps/deployments",
    "ReplicaSet": "apps/replicasets",
    "StatefulSet": "apps/statefulsets",
    "ReplicationController": "replicationcontrollers",
}


def reconcile(engine: Engine, namespace: str, name: str) -> None:
    """Write a budget's status."""
    budget = engine.store.get("policy/poddisruptionbudgets", namespace, name)
    if budget is None:
        return
    pods = matching(engine, budget)
    if not pods:
        engine.event(budget, "Normal", "NoPods", "No matching pods found", COMPONENT)
    expected, desired = _wanted(engine, budget, pods)
    old = budget.get("status", {})
    living = {pod["metadata"]["name"] for pod in pods if not going(pod)}
    disrupted_pods = {n: at for n, at in old.get("disruptedPods", {}).items() if n in living}
    healthy = sum(is_ready(p) and p["metadata"]["name"] not in disrupted_pods for p in pods)
    allowed = max(healthy - desired, 0) if expected > 0 else 0
    reason = "SufficientPods" if allowed else "InsufficientPods"
    status: dict[str, Any] = {
        "conditions": [_condition(engine, budget, reason, str(bool(allowed)))],
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": allowed,
        "expectedPods": expected,
        "observedGeneration": budget["metadata"].get("generation", 1),
    }
    if disrupted_pods:
        status["disruptedPods"] = disrupted_pods
    engine.set_status(budget, dict(sorted(status.items())))


def matching(engine: Engine, budget: Object) -> list[Object]:
    """The pods that a budget guards."""
    return [
        pod
        for pod in engine.store.list("pods", budget["metadata"]["namespace"])
        if label_selector_matches(
            budget["spec"].get("selector"), pod["metadata"].get("labels") or {}
        )
        and not terminal(pod)
    ]


def _wanted(engine: Engine, budget: Object, pods: list[Object]) -> tuple[int, int]:
    """(expected pods, pods that must be healthy)."""
    spec = budget["spec"]
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if isinstance(least, int):
        return len(pods), least
    expected = _scale(engine, budget, pods)
    if most is not None:
        return expected, max(expected - _share(most, expected), 0)
    return expected, _share(1 if least is None else least, expected)


def _share(value: int | str, of: int) -> int:
    """A number, or a percentage rounded up (as the controller does for both fields)."""
    return value if isinstance(value, int) else math.ceil(of * int(value.rstrip("%")) / 100)


def _scale(engine: Engine, budget: Object, pods: list[Object]) -> int:
    """What the pods' controllers want together."""
    found: dict[str, int] = {}
    unmanaged = False
    for pod in pods:
        owner = _owner(engine, pod)
        above = _owner(engine, owner) if owner is not None else None
        top = above or owner
        if top is None:
            unmanaged = True
        else:
            found[top["metadata"]["uid"]] = int(top["spec"].get("replicas", 1))
    if unmanaged:
        selector = label_selector_text(budget["spec"].get("selector"))
        text = (
            f"Pods selected by this PodDisruptionBudget (selector: &LabelSelector{{{selector}}}) "
            "were found to be unmanaged. As a result, the status of the PDB cannot be calculated "
            "correctly, which may result in undefined behavior. To account for these pods please "
            'set ".spec.minAvailable" field of the PDB to an integer value.'
        )
        engine.event(budget, "Warning", "UnmanagedPods", text, COMPONENT)
    return sum(found.values())


def _owner(engine: Engine, obj: Object) -> Object | None:
    ref = controller_of(obj)
    key = _SCALED.get(ref["kind"]) if ref else None
    if ref is None or key is None:
        return None
    return engine.store.get(key, obj["metadata"]["namespace"], ref["name"])


def _condition(engine: Engine, budget: Object, reason: str, status: str) -> dict[str, Any]:
    old = condition(budget, "DisruptionAllowed")
    return {
        "lastTransitionTime": since(old, status, engine.stamp),
        "message": "",
        "observedGeneration": budget["metadata"].get("generation", 1),
        "reason": reason,
        "status": status,
        "type": "DisruptionAllowed",
    }
