"""The eviction manager: what a kubelet ends itself when its node runs short.

Which pod goes first: the one that uses more than it asked for, then the one of lower priority, then the
one that exceeds its request most. Texts are those of pkg/kubelet/eviction/helpers.go.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.simulator.deletion import going
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import disks, status
from sandbox.simulator.kubelet.node import say
from sandbox.simulator.quantity import size
from sandbox.simulator.store import Object
from sandbox.simulator.troubles import Spell, active
from sandbox.simulator.usage import pod_usage

PAUSE = 12.0
"""Seconds between two evictions: a pass every ten, and the victim's clean-up."""
CRITICAL = 2_000_000_000
"""Pods of at least this priority are never evicted (system-cluster-critical)."""
MI = 1024**2


class _Signal(NamedTuple):
    resource: str
    threshold: str
    """The hard threshold, as the kubelet writes it."""
    below: int
    """The same in KiB."""


_SIGNALS = {
    "memory-pressure": _Signal("memory", "100Mi", 100 * 1024),
    "disk-pressure": _Signal("ephemeral-storage", "6161182Ki", 6_161_182),
    "pid-pressure": _Signal("pids", "3273", 0),
}

_METRIC = {
    "memory-pressure": "memory.available",
    "disk-pressure": "nodefs.available",
    "pid-pressure": "pid.available",
}
"""Eviction signals as the kubelet's metrics name them."""


def reconcile(engine: Engine, namespace: str, name: str) -> float | None:
    """Evict the next pod of a node under pressure; returns seconds until the one after it."""
    for kind, spell in active(engine, name).items():
        signal = _SIGNALS.get(kind)
        if signal is None:
            continue
        key = ("evicted", name, kind, str(spell.start))
        done = int(engine.memory.get(key, 0))
        victims = _ranked(engine, name, signal)
        if done >= spell.trouble.evicts or not victims:
            continue
        wait = _wait(engine, key)
        if wait > 0:
            return wait
        node = engine.store.get("nodes", None, name)
        if node is not None:
            text = f"Attempting to reclaim {signal.resource}"
            say(engine, node, "Warning", "EvictionThresholdMet", text)
        evict(engine, victims[0], _message(engine, victims[0], signal, spell, done))
        engine.memory[key] = done + 1
        engine.memory[(*key, "at")] = engine.now
        return PAUSE
    return None


def evictions(engine: Engine, node: str) -> dict[str, int]:
    """Pods that a node has evicted so far, by eviction signal; only grows."""
    found = dict.fromkeys(_METRIC.values(), 0)
    for key, number in engine.memory.items():
        if key[0] == "evicted" and len(key) == 4 and key[1] == node:
            found[_METRIC[key[2]]] += int(number)
    return found


def _wait(engine: Engine, key: tuple[str, ...]) -> float:
    last = engine.memory.get((*key, "at"))
    return 0.0 if last is None else PAUSE - (engine.now - last).total_seconds()


def _ranked(engine: Engine, node: str, signal: _Signal) -> list[Object]:
    pods = [
        pod
        for pod in engine.store.list("pods")
        if pod["spec"].get("nodeName") == node
        and not terminal(pod)
        and not going(pod)
        and pod["spec"].get("priority", 0) < CRITICAL
        and pod["metadata"]["uid"] in engine.pods
    ]

    def rank(pod: Object) -> tuple[bool, int, int, str]:
        used, asked = _used(engine, pod, signal), _asked(pod, signal)
        total, request = sum(used.values()), sum(asked.values())
        return (
            total <= request,
            pod["spec"].get("priority", 0),
            request - total,
            pod["metadata"]["name"],
        )

    return sorted(pods, key=rank)


def _used(engine: Engine, pod: Object, signal: _Signal) -> dict[str, int]:
    """Bytes by container."""
    if signal.resource == "memory":
        return {name: use.memory for name, use in pod_usage(engine, pod).items()}
    if signal.resource == "ephemeral-storage":
        draw = engine.random("disk", pod["metadata"]["uid"])
        return {c["name"]: draw.randrange(40, 900) * MI for c in pod["spec"]["containers"]}
    return {}


def _asked(pod: Object, signal: _Signal) -> dict[str, int]:
    return {
        container["name"]: size(_request(container, signal.resource))
        for container in pod["spec"]["containers"]
    }


def _request(container: dict[str, Any], resource: str) -> str:
    return str(container.get("resources", {}).get("requests", {}).get(resource, "0"))


def _message(engine: Engine, pod: Object, signal: _Signal, spell: Spell, number: int) -> str:
    resource = signal.resource
    text = f"The node was low on resource: {resource}. "
    draw = engine.random("available", spell.start - engine.epoch, number)
    left = f"{int(signal.below * draw.uniform(0.3, 0.9))}Ki" if signal.below else "1204"
    text += f"Threshold quantity: {signal.threshold}, available: {left}. "
    asked = _asked(pod, signal)
    for container in pod["spec"]["containers"]:
        name = container["name"]
        used = _used(engine, pod, signal).get(name, 0)
        if used > asked.get(name, 0):
            text += (
                f"Container {name} was using {used // 1024}Ki, request is "
                f"{_request(container, resource)}, has larger consumption of {resource}. "
            )
    return text


def evict(engine: Engine, pod: Object, message: str) -> None:
    """End a pod and say why."""
    record = engine.pods[pod["metadata"]["uid"]]
    host = pod["spec"]["nodeName"]
    engine.event(pod, "Warning", "Evicted", message, "kubelet", host=host)
    for name, container in record.containers.items():
        container.due = container.killing = None
        run = container.run
        if container.phase != "running" or run is None:
            continue
        disks.end(engine, run)
        path = f"spec.containers{{{name}}}"
        text = f"Stopping container {name}"
        engine.event(pod, "Normal", "Killing", text, "kubelet", host=host, path=path)
        run.exit_code = 137 if run.on_term is None else run.on_term
        run.reason = "Completed" if run.exit_code == 0 else "Error"
        run.ends, run.finished, container.phase = None, engine.now, "ended"
        container.ready = container.passed_startup = False
        container.probes.clear()
    record.evicted, record.ended, record.sandbox_gone = message, True, engine.now
    engine.set_status(pod, status.build(engine, pod, record))
