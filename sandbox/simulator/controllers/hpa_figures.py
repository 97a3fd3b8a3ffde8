"""What metrics-server tells of an autoscaler's pods, and what the autoscaler believes."""

from __future__ import annotations

import math
from datetime import datetime

from sandbox.simulator.conditions import condition, is_ready
from sandbox.simulator.durations import elapsed
from sandbox.simulator.engine import Engine
from sandbox.simulator.network.names import ready_addresses
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object
from sandbox.simulator.usage import pod_usage

INITIALIZATION = 300.0
"""Seconds in which an unready pod's CPU is not believed (--...-cpu-initialization-period)."""
LAG = 20.0
"""Seconds until metrics-server has a figure for a new container."""
METRICS_SERVICE = ("kube-system", "metrics-server")


def metrics_answer(engine: Engine) -> bool:
    """Whether metrics-server answers: it may be a Service like any other, without endpoints."""
    if engine.store.get("services", *METRICS_SERVICE) is None:
        return True  # a world without its objects has one all the same
    return bool(ready_addresses(engine, *METRICS_SERVICE))


def used(engine: Engine, pod: Object, resource: str, container: str | None) -> float | None:
    """Cores or bytes of a pod; None while metrics-server has no figure for it."""
    record = engine.pods.get(pod["metadata"]["uid"])
    used = pod_usage(engine, pod)
    names = [spec["name"] for spec in pod["spec"]["containers"]]
    if any(name not in used for name in names):
        return None
    for name in names if record else ():
        run = record.containers[name].run if record else None
        if run is not None and (engine.now - run.started).total_seconds() < LAG:
            return None
    if container is not None:
        used = {name: value for name, value in used.items() if name == container}
    if resource == "cpu":
        return sum(value.cpu for value in used.values()) / 1000
    return float(sum(value.memory for value in used.values()))


def distrusted(engine: Engine, pod: Object, resource: str) -> bool:
    """Whether a pod's figure says nothing about its work yet."""
    if pod["status"].get("phase") == "Pending":
        return True
    if resource != "cpu" or is_ready(pod):
        return False
    started, ready = pod["status"].get("startTime"), condition(pod, "Ready")
    if started is None or ready is None:
        return True
    if elapsed(started, engine.now) < INITIALIZATION:
        return True
    turned = datetime.fromisoformat(ready["lastTransitionTime"])
    return elapsed(started, turned) < 30  # never was ready


def requested(pod: Object, resource: str, container: str | None) -> float:
    """What a pod asks for. Raises LookupError."""
    total = 0.0
    for spec in pod["spec"]["containers"]:
        if container is not None and spec["name"] != container:
            continue
        value = (spec.get("resources") or {}).get("requests", {}).get(resource)
        if value is None:
            name = pod["metadata"]["name"]
            raise LookupError(
                f"missing request for {resource} in container {spec['name']} of Pod {name}"
            )
        total += float(number(value))
    return total


def shown(resource: str, value: float) -> str:
    """A figure as a status has it."""
    if resource == "cpu":
        milli = math.ceil(value * 1000)
        return str(milli // 1000) if milli % 1000 == 0 else f"{milli}m"
    return str(int(value))
