"""Limits of a pod's own storage on its node: emptyDir sizes and ephemeral-storage limits.

The eviction manager's other task; its texts are those of pkg/kubelet/eviction/eviction_manager.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.simulator.demand import demand
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet.records import ContainerRecord
from sandbox.simulator.quantity import size, written
from sandbox.simulator.store import Object


def overuse(
    engine: Engine, pod: Object, containers: Mapping[str, ContainerRecord]
) -> tuple[str, float | None] | None:
    """The eviction manager's message when a pod writes more than it may.

    Otherwise an empty message and the seconds until it will; None when it never will.
    """
    uid, moments = pod["metadata"]["uid"], []
    total, total_rate, limits = 0.0, 0.0, 0
    for volume in pod["spec"].get("volumes", []):
        level = engine.memory.get(("empty", uid, volume["name"]))
        if level is None:
            continue
        total, total_rate = total + level.now(engine.now), total_rate + level.rate
        most = (volume.get("emptyDir") or {}).get("sizeLimit")
        if most is None:
            continue
        if level.now(engine.now) > size(most):
            name = volume["name"]
            return f'Usage of EmptyDir volume "{name}" exceeds the limit "{most}". ', None
        moments += _until(level.now(engine.now), level.rate, size(most))
    limited = True
    for container in pod["spec"]["containers"]:
        record = containers.get(container["name"])
        run = record.run if record else None
        level = engine.memory.get(("disk", run.id)) if run else None
        own = 0.0 if level is None else level.now(engine.now)
        rate = 0.0 if level is None else level.rate
        total, total_rate = total + own, total_rate + rate
        most = (container.get("resources") or {}).get("limits", {}).get("ephemeral-storage")
        if most is None:
            limited = False
            continue
        limits += size(most)
        if own > size(most):
            name = container["name"]
            return f'Container {name} exceeded its local ephemeral storage limit "{most}". ', None
        moments += _until(own, rate, size(most))
    if limited and limits:
        if total > limits:
            return _whole_pod(pod), None
        moments += _until(total, total_rate, limits)
    return ("", min(moments)) if moments else None


def _whole_pod(pod: Object) -> str:
    like = next(c["resources"]["limits"]["ephemeral-storage"] for c in pod["spec"]["containers"])
    most = written(demand(pod["spec"], "ephemeral-storage", "limits"), like)
    return f"Pod ephemeral local storage usage exceeds the total limit of containers {most}. "


def _until(used: float, rate: float, most: float) -> list[float]:
    return [(most - used) / rate + 1.0] if rate > 0 and used <= most else []
