"""What pods and nodes use at the virtual present: CPU, memory, throttling.

One truth for metrics.k8s.io, the autoscaler and the kubelets' /metrics. A figure depends on the
profile, the limits, the age of the run and a small jitter drawn from the seed; asking changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.simulator import curves
from sandbox.simulator.apps import App
from sandbox.simulator.conditions import is_ready
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet.profiles import profile
from sandbox.simulator.kubelet.records import Run
from sandbox.simulator.quantity import number, size
from sandbox.simulator.store import Object

WINDOW = 15
"""Seconds in which a figure stays the same: the resolution of metrics-server."""
JITTER = 0.04
"""Figures vary by this share upwards and downwards."""
SYSTEM = (120, 640 * 1024**2)
"""Millicores and bytes that kubelet, runtime and kernel of a node use."""


class Usage(NamedTuple):
    """What something uses now."""

    cpu: int
    """Millicores."""
    memory: int
    """Bytes of working set."""


class Throttling(NamedTuple):
    """What the CFS scheduler counts for one container since its start."""

    periods: int
    """Periods of 100 ms."""
    throttled: int
    """Periods in which the container was stopped."""


def pod_usage(engine: Engine, pod: Object) -> dict[str, Usage]:
    """Use by container name; only running containers have any."""
    found = {}
    for spec, started in _running(engine, pod):
        app = profile(engine, spec)
        age = (engine.now - started).total_seconds()
        wanted, most = cpu_demand(engine, pod, spec, started), _cores(spec)
        cpu = wanted if most is None else min(wanted, most)
        memory = curves.memory_at(app, age)
        draw = engine.random(
            "usage",
            pod["metadata"]["uid"],
            spec["name"],
            int(engine.now.timestamp()) // WINDOW,
        )
        cpu *= 1 + JITTER * (2 * draw.random() - 1)
        memory = int(memory * (1 + JITTER * (2 * draw.random() - 1)))
        if most is not None:
            cpu = min(cpu, most)
        ceiling = curves.limit(spec, "memory")
        if ceiling is not None:
            memory = min(memory, size(ceiling))
        found[spec["name"]] = Usage(max(round(cpu * 1000), 1), memory)
    return found


def node_usage(engine: Engine, name: str) -> Usage:
    """Use of a node: its pods and what the machine itself takes."""
    cpu, memory = SYSTEM
    for pod in engine.store.list("pods"):
        if pod["spec"].get("nodeName") != name or terminal(pod):
            continue
        for used in pod_usage(engine, pod).values():
            cpu, memory = cpu + used.cpu, memory + used.memory
    node = engine.store.get("nodes", None, name)
    capacity = (node or {}).get("status", {}).get("capacity", {})
    if "cpu" in capacity:
        cpu = min(cpu, int(number(capacity["cpu"]) * 1000))
    if "memory" in capacity:
        memory = min(memory, size(capacity["memory"]))
    return Usage(cpu, memory)


def throttling(engine: Engine, pod: Object) -> dict[str, Throttling]:
    """CFS counters by container name; only running containers with a CPU limit have any."""
    found = {}
    for spec, started in _running(engine, pod):
        most = _cores(spec)
        if most is None:
            continue
        app = profile(engine, spec)
        age = (engine.now - started).total_seconds()
        startup = min(curves.startup_seconds(app, spec), age)
        early = curves.throttled(curves.cpu_at(app, 0, curves.startup_seconds(app, spec)), most)
        late = curves.throttled(cpu_demand(engine, pod, spec, started), most)
        stopped = 10 * (startup * early + (age - startup) * late)
        found[spec["name"]] = Throttling(int(age * 10), int(stopped))
    return found


def cpu_demand(
    engine: Engine, pod: Object, container: Mapping[str, Any], started: datetime
) -> float:
    """Cores that a running container wants now, its share of the traffic included."""
    app = profile(engine, container)
    age = (engine.now - started).total_seconds()
    startup = curves.startup_seconds(app, container)
    wanted = curves.cpu_at(app, age, startup)
    if app.load is not None and age >= startup:
        wanted += float(number(app.load)) / max(_sharing(engine, pod, app), 1)
    return wanted


def slowness(engine: Engine, pod: Object, container: Mapping[str, Any], run: Run) -> float:
    """How many times slower than undisturbed a running container answers."""
    app = profile(engine, container)
    if app.load is None and app.cpu_peak is None and app.cpu_startup is None:
        wanted = float(number(app.cpu))
    else:
        wanted = cpu_demand(engine, pod, container, run.started)
    return curves.slowdown(wanted, _cores(container))


def _sharing(engine: Engine, pod: Object, app: App) -> int:
    """Ready pods of the namespace that share an app's traffic."""
    return sum(
        any(profile(engine, spec) is app for spec in other["spec"]["containers"])
        for other in engine.store.list("pods", pod["metadata"]["namespace"])
        if is_ready(other)
    )


def _cores(container: Mapping[str, Any]) -> float | None:
    most = curves.limit(container, "cpu")
    return None if most is None else float(number(most))


def _running(engine: Engine, pod: Object) -> Iterator[tuple[Mapping[str, Any], datetime]]:
    """Running containers and when they started, sidecars among them."""
    record = engine.pods.get(pod["metadata"]["uid"])
    specs = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    status = pod.get("status", {})
    shown = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    states = {item["name"]: item.get("state", {}) for item in shown}
    for spec in specs:
        known = record.containers.get(spec["name"]) if record else None
        if known is not None:
            if known.phase == "running" and known.run is not None:
                yield spec, known.run.started
            continue
        running = states.get(spec["name"], {}).get("running")
        if running and running.get("startedAt"):  # a recording: no kubelet remembers the run
            yield spec, datetime.fromisoformat(running["startedAt"])
