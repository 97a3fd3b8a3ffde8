"""The scheduler: binds pods to nodes, or says why it cannot, in its own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sandbox.simulator import preemption, spread, volumefit
from sandbox.simulator.conditions import condition
from sandbox.simulator.deletion import going
from sandbox.simulator.demand import demand, terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.placement import Misfit, free, misfit
from sandbox.simulator.quantity import number
from sandbox.simulator.spread import Placed, placed_pods
from sandbox.simulator.store import Object

NAME = "default-scheduler"
NO_CLAIMS = "no new claims to deallocate"
"""What the postFilter plugin for resource claims says; it comes before preemption."""
RETRY = 300.0
"""Seconds after which a pod that nothing woke is tried again (the queue's flush of five minutes)."""


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Try to place one pod."""
    pod = engine.store.get("pods", namespace, name)
    if pod is None or pod["spec"].get("nodeName") or going(pod) or terminal(pod):
        return None
    if pod["spec"].get("schedulerName", NAME) != NAME:
        return None  # somebody else's, who may not exist
    if pod["spec"].get("schedulingGates"):
        _wait_at_gate(engine, pod)
        return None
    nodes = engine.store.list("nodes")
    problem = volumefit.problem(engine, pod)
    if problem is not None:
        # the postFilter plugins find no state for a pod that no filter has seen
        _reject(engine, pod, f"0/{len(nodes)} nodes are available: {problem}. not found")
        return RETRY
    placed = list(placed_pods(engine.store, pod))

    def fits(node: Object, placed: Sequence[Placed]) -> Misfit | None:
        running = [p.pod for p in placed if p.node == node["metadata"]["name"]]
        return (
            misfit(pod, node, running)
            or volumefit.misfit(engine, pod, node)
            or spread.misfit(engine.store, pod, node, nodes, placed)
        )

    verdicts = [(node, fits(node, placed)) for node in nodes]
    fitting = [node for node, why in verdicts if why is None]
    if not fitting:
        _make_room(engine, pod, verdicts, placed, fits)
        return RETRY
    best = _best(engine, pod, fitting)
    wait = volumefit.wait_for_volumes(engine, pod, best["metadata"]["name"])
    if wait is not None:
        if wait < 0:
            _reject(engine, pod, volumefit.TIMED_OUT)
        return max(wait, 1.0)
    _bind(engine, pod, best)
    return None


def _make_room(
    engine: Engine,
    pod: Object,
    verdicts: list[tuple[Object, Misfit | None]],
    placed: Sequence[Placed],
    fits: preemption.Fits,
) -> None:
    """Say why a pod fits nowhere, after having tried to make room for it."""
    rejected = [why for _, why in verdicts if why is not None]
    why_not = preemption.ineligible(engine, pod)
    choice = None
    if why_not is None:
        hopeful = [node for node, why in verdicts if why is not None and not why.hopeless]
        choice = preemption.choose(engine, pod, hopeful, placed, fits)
        why_not = _hope(rejected)
    if choice is None:
        _reject(engine, pod, _explain(rejected, f"{NO_CLAIMS}, preemption: {why_not}"))
        return
    _reject(engine, pod, _explain(rejected, ""), nominated=choice.node)
    preemption.preempt(engine, pod, choice)


def _explain(rejected: list[Misfit], verdict: str) -> str:
    """`0/3 nodes are available: 1 Insufficient cpu, ...`, with what the postFilter plugins say."""
    total = len(rejected)
    if not total:
        return "no nodes available to schedule pods"
    counts = Counter(reason for why in rejected for reason in why.reasons)
    reasons = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    text = f"0/{total} nodes are available: {reasons}."
    return f"{text} {verdict}" if verdict else text


def _hope(rejected: list[Misfit]) -> str:
    """What preemption found on each node."""
    hope = Counter(
        "Preemption is not helpful for scheduling."
        if why.hopeless
        else "No preemption victims found for incoming pod."
        for why in rejected
    )
    help_ = ", ".join(sorted(f"{count} {text}".rstrip(".") for text, count in hope.items()))
    return f"0/{len(rejected)} nodes are available: {help_}."


def _wait_at_gate(engine: Engine, pod: Object) -> None:
    """A pod with scheduling gates: nobody looks at it, and nothing is said."""
    old = condition(pod, "PodScheduled")
    if old is not None and old.get("reason") == "SchedulingGated":
        return
    why = {
        "lastProbeTime": None,
        "lastTransitionTime": engine.stamp,
        "message": "Scheduling is blocked due to non-empty scheduling gates",
        "observedGeneration": pod["metadata"].get("generation", 1),
        "reason": "SchedulingGated",
        "status": "False",
        "type": "PodScheduled",
    }
    engine.set_status(pod, {"conditions": [why], **_without(pod["status"], "conditions")})


def _reject(engine: Engine, pod: Object, message: str, *, nominated: str | None = None) -> None:
    """Say that a pod was not placed; `nominated` is the node that is being emptied for it."""
    engine.recorder.schedule(pod, "Warning", "FailedScheduling", message, "Scheduling")
    old = condition(pod, "PodScheduled")
    if old and old.get("message") == message and nominated is None:
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
    status = {"conditions": [why], **_without(pod["status"], "conditions")}
    if nominated is not None:
        status["nominatedNodeName"] = nominated
    engine.set_status(pod, status)


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
    text = f"Successfully assigned {meta['namespace']}/{meta['name']} to {name}"
    engine.recorder.schedule(pod, "Normal", "Scheduled", text, "Binding")
    scheduled = {
        "lastProbeTime": None,
        "lastTransitionTime": engine.stamp,
        "observedGeneration": meta.get("generation", 1),
        "status": "True",
        "type": "PodScheduled",
    }
    status = {**_without(pod["status"], "nominatedNodeName"), "conditions": [scheduled]}
    bound = {**pod, "spec": {**pod["spec"], "nodeName": name}, "status": status}
    engine.replace(bound)  # a binding does not count as a change of the spec
