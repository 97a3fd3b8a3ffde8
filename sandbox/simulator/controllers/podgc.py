"""The pod garbage collector: pods whose node does not exist any more."""

from __future__ import annotations

from sandbox.simulator.controllers.tainteviction import disrupted
from sandbox.simulator.deletion import delete
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine

QUARANTINE = 40.0
"""Seconds after which a node is taken for gone (the controller's quarantineTime)."""


def reconcile(engine: Engine, namespace: str, name: str) -> None:
    """Remove a pod whose node is gone, marking it failed first."""
    pod = engine.store.get("pods", namespace, name)
    node = pod["spec"].get("nodeName") if pod else None
    if pod is None or not node or engine.store.get("nodes", None, node) is not None:
        return
    if not terminal(pod):
        text = "PodGC: node no longer exists"
        pod = disrupted(engine, pod, "DeletionByPodGC", text)
        pod = engine.set_status(pod, {**pod["status"], "phase": "Failed"})
    delete(engine, pod, grace=0)
