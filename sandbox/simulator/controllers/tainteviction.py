"""The taint eviction controller: pods leave nodes whose NoExecute taints they do not tolerate."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.conditions import condition
from sandbox.simulator.deletion import delete, going
from sandbox.simulator.demand import terminal
from sandbox.simulator.durations import elapsed
from sandbox.simulator.engine import Engine
from sandbox.simulator.placement import tolerations_of
from sandbox.simulator.store import Object

COMPONENT = "taint-eviction-controller"
REASON = "TaintManagerEviction"


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Delete a pod whose time on its node is up; returns seconds until it is."""
    pod = engine.store.get("pods", namespace, name)
    if pod is None or going(pod) or terminal(pod):
        return None
    node = engine.store.get("nodes", None, pod["spec"].get("nodeName", ""))
    planned = ("taint-eviction", pod["metadata"]["uid"])
    left = _left(engine, pod, node)
    if left is None:
        if engine.memory.pop(planned, None):
            text = f"Cancelling deletion of Pod {namespace}/{name}"
            engine.event(pod, "Normal", REASON, text, COMPONENT)
        return None
    if left > 0:
        engine.memory[planned] = True
        return left
    engine.memory.pop(planned, None)
    engine.event(pod, "Normal", REASON, f"Marking for deletion Pod {namespace}/{name}", COMPONENT)
    text = "Taint manager: deleting due to NoExecute taint"
    delete(engine, disrupted(engine, pod, "DeletionByTaintManager", text))
    return None


def disrupted(engine: Engine, pod: Object, reason: str, message: str) -> Object:
    """The pod with a DisruptionTarget condition: why it is about to go."""
    old = condition(pod, "DisruptionTarget")
    made = {
        "lastProbeTime": None,
        "lastTransitionTime": engine.stamp,
        "message": message,
        "observedGeneration": pod["metadata"].get("generation", 1),
        "reason": reason,
        "status": "True",
        "type": "DisruptionTarget",
    }
    others = [item for item in pod["status"].get("conditions", []) if item is not old]
    return engine.set_status(pod, {**pod["status"], "conditions": [*others, made]})


def _left(engine: Engine, pod: Object, node: Object | None) -> float | None:
    """Seconds the pod may stay; None: for ever."""
    limits: list[float] = []
    for taint in (node or {}).get("spec", {}).get("taints") or []:
        if taint["effect"] != "NoExecute":
            continue
        tolerated = tolerations_of(pod["spec"], taint)
        if not tolerated:
            return 0.0
        bounds = [t["tolerationSeconds"] for t in tolerated if "tolerationSeconds" in t]
        if bounds:
            limits.append(min(bounds) - _age(engine, taint))
    return min(limits, default=None)


def _age(engine: Engine, taint: dict[str, Any]) -> float:
    added = taint.get("timeAdded")
    if added is None:
        return 0.0
    return elapsed(added, engine.now)
