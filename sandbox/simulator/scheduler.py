"""The scheduler: binds pods to nodes, or says why it cannot, in its own words."""

from __future__ import annotations

from collections import Counter

from sandbox.simulator.controllers.claims import binds_late, select_node
from sandbox.simulator.controllers.owned import condition
from sandbox.simulator.demand import demand
from sandbox.simulator.engine import Engine
from sandbox.simulator.placement import Misfit, free, misfit
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object

RETRY = 300.0
"""Seconds after which a pod that nothing woke is tried again (the queue's flush of five minutes)."""


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Try to place one pod."""
    pod = engine.store.get("pods", namespace, name)
    if pod is None or pod["spec"].get("nodeName"):
        return None
    nodes = engine.store.list("nodes")
    problem = _claims_problem(engine, pod)
    if problem is not None:
        # the postFilter plugins find no state for a pod that no filter has seen
        _reject(engine, pod, f"0/{len(nodes)} nodes are available: {problem}. not found")
        return RETRY
    rejected: list[Misfit] = []
    fitting: list[Object] = []
    for node in nodes:
        why = misfit(engine.store, pod, node)
        if why is None:
            fitting.append(node)
        else:
            rejected.append(why)
    if not fitting:
        _reject(engine, pod, _explain(rejected))
        return RETRY
    _bind(engine, pod, _best(engine, pod, fitting))
    return None


def _claims_problem(engine: Engine, pod: Object) -> str | None:
    """Why the pod's claims keep it from being placed at all."""
    for volume in pod["spec"].get("volumes", []):
        source = volume.get("persistentVolumeClaim")
        if source is None:
            continue
        name = source["claimName"]
        claim = engine.store.get("persistentvolumeclaims", pod["metadata"]["namespace"], name)
        if claim is None:
            return f'persistentvolumeclaim "{name}" not found'
        if claim["status"]["phase"] != "Bound" and not binds_late(engine, claim):
            return "pod has unbound immediate PersistentVolumeClaims"
    return None


def _explain(rejected: list[Misfit]) -> str:
    """`0/3 nodes are available: 1 Insufficient cpu, ...`, with the preemption's verdict."""
    total = len(rejected)
    if not total:
        return "no nodes available to schedule pods"
    counts = Counter(reason for why in rejected for reason in why.reasons)
    reasons = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    hope = Counter(
        "Preemption is not helpful for scheduling."
        if why.hopeless
        else "No preemption victims found for incoming pod."
        for why in rejected
    )
    help_ = ", ".join(sorted(f"{count} {text}".rstrip(".") for text, count in hope.items()))
    return (
        f"0/{total} nodes are available: {reasons}. no new claims to deallocate, "
        f"preemption: 0/{total} nodes are available: {help_}."
    )


def _reject(engine: Engine, pod: Object, message: str) -> None:
    engine.recorder.schedule(pod, "Warning", "FailedScheduling", message, "Scheduling")
    old = condition(pod, "PodScheduled")
    if old and old["message"] == message:
        return
    why = {
        "lastProbeTime": None,
        "lastTransitionTime": old["lastTransitionTime"] if old else engine.stamp,
        "message": message,
        "observedGeneration": pod["metadata"].get("generation", 1),
        "reason": "Unschedulable",
        "status": "False",
        "type": "PodScheduled",
    }
    engine.set_status(pod, {"conditions": [why], **_without(pod["status"], "conditions")})


def _without(status: Object, field: str) -> Object:
    return {name: value for name, value in status.items() if name != field}


def _best(engine: Engine, pod: Object, nodes: list[Object]) -> Object:
    """The node that would be emptiest, in shares of CPU and memory; ties go by name."""

    def room(node: Object) -> float:
        share = 0.0
        for resource in ("cpu", "memory"):
            total = number(node["status"]["allocatable"][resource])
            left = free(engine.store, node, resource) - demand(pod["spec"], resource)
            share += float(left / total)
        return share

    spread = Counter(
        other["spec"].get("nodeName")
        for other in engine.store.list("pods", pod["metadata"]["namespace"])
        if other["metadata"].get("labels") == pod["metadata"].get("labels")
    )
    return min(
        nodes,
        key=lambda node: (
            spread[node["metadata"]["name"]],
            -room(node),
            node["metadata"]["name"],
        ),
    )


def _bind(engine: Engine, pod: Object, node: Object) -> None:
    meta, name = pod["metadata"], node["metadata"]["name"]
    for volume in pod["spec"].get("volumes", []):
        if "persistentVolumeClaim" in volume:
            claim = engine.store.get(
                "persistentvolumeclaims",
                meta["namespace"],
                volume["persistentVolumeClaim"]["claimName"],
            )
            if claim is not None and claim["status"]["phase"] != "Bound":
                select_node(engine, claim, name)
    text = f"Successfully assigned {meta['namespace']}/{meta['name']} to {name}"
    engine.recorder.schedule(pod, "Normal", "Scheduled", text, "Binding")
    scheduled = {
        "lastProbeTime": None,
        "lastTransitionTime": engine.stamp,
        "observedGeneration": meta.get("generation", 1),
        "status": "True",
        "type": "PodScheduled",
    }
    status = {**pod["status"], "conditions": [scheduled]}
    bound = {**pod, "spec": {**pod["spec"], "nodeName": name}, "status": status}
    engine.replace(bound)  # a binding does not count as a change of the spec
