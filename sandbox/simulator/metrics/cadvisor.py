"""What is served at /metrics/cadvisor: what containers use, from sandbox.simulator.usage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from sandbox.simulator import curves, usage
from sandbox.simulator.durations import parse
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet.profiles import profile
from sandbox.simulator.metrics.kubelet import answering, both, pods_on, statuses
from sandbox.simulator.metrics.page import Page, labels
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object

PERIOD = 100_000
"""CFS period, microseconds."""
CACHE_SHARE = 0.1
"""Share of a working set that is page cache; the rest is anonymous memory."""


def exposition(engine: Engine, node: str | None = None, shift: float = 0) -> str:
    """One node's page, or that of all whose kubelet answers, told apart by the label `node`.

    `shift` (seconds) is added to values that are times. Raises NoAnswerError when `node` is given
    and its kubelet is dead.
    """
    page = Page(shift)
    for where, obj in answering(engine, node):
        for pod in pods_on(engine, obj):
            _pod(page, engine, where, pod)
    return page.text()


def _pod(page: Page, engine: Engine, outside: str, pod: Object) -> None:
    used = usage.pod_usage(engine, pod)
    if not used:
        return
    throttled = usage.throttling(engine, pod)
    spec = pod["spec"]
    specs = {item["name"]: item for item in [*spec.get("initContainers", []), *spec["containers"]]}
    meta = pod["metadata"]
    for status in statuses(pod):
        name = status["name"]
        started = parse((status.get("state") or {}).get("running", {}).get("startedAt") or "")
        if name not in used or started is None:
            continue
        run = str(status.get("containerID", "")).rpartition("/")[2]
        where = both(
            outside,
            labels(
                container=name,
                id=f"/kubepods/pod{meta['uid']}/{run}",
                image=status.get("image"),
                name=run,
                namespace=meta["namespace"],
                pod=meta["name"],
            ),
        )
        seconds = _cpu_seconds(engine, pod, specs[name], started)
        seconds = _grown(engine, (meta["uid"], run, "cpu"), seconds)
        page.add("container_cpu_usage_seconds_total", where, round(seconds, 6), cpu="total")
        memory = used[name].memory
        cache = int(memory * CACHE_SHARE)
        page.add("container_memory_working_set_bytes", where, memory)
        page.add("container_memory_usage_bytes", where, memory + cache)
        page.add("container_memory_rss", where, memory - cache)
        page.add("container_memory_cache", where, 2 * cache)
        page.add("container_memory_swap", where, 0)
        page.time("container_start_time_seconds", where, status["state"]["running"]["startedAt"])
        most = curves.limit(specs[name], "memory")
        limit = float(number(most)) if most is not None else 0
        page.add("container_spec_memory_limit_bytes", where, limit)
        page.add("container_spec_cpu_period", where, PERIOD)
        cores = curves.limit(specs[name], "cpu")
        if cores is not None and name in throttled:
            page.add("container_spec_cpu_quota", where, float(number(cores)) * PERIOD)
            key = (meta["uid"], run)
            periods, stopped = throttled[name]
            page.add("container_cpu_cfs_periods_total", where, periods)
            stopped = int(_grown(engine, (*key, "throttled"), stopped))
            page.add("container_cpu_cfs_throttled_periods_total", where, stopped)


def _cpu_seconds(engine: Engine, pod: Object, spec: Mapping[str, Any], started: datetime) -> float:
    """CPU time of a run: the profile's curve summed up, what traffic costs now on top."""
    app = profile(engine, spec)
    age = max((engine.now - started).total_seconds(), 0.0)
    quota = curves.limit(spec, "cpu")
    most = float("inf") if quota is None else float(number(quota))
    startup = curves.startup_seconds(app, spec)
    corners = sorted({0.0, age, *(at for at in (startup, float(app.peak_after)) if at < age)})
    traffic = usage.cpu_demand(engine, pod, spec, started) - curves.cpu_at(app, age, startup)
    total = 0.0
    for start, end in pairwise(corners):
        wanted = curves.cpu_at(app, start, startup) + (traffic if start >= startup else 0.0)
        total += (end - start) * min(wanted, most)
    return total


def _grown(engine: Engine, key: tuple[str, ...], value: float) -> float:
    """A counter's value, never less than it was: traffic per pod falls when replicas come."""
    place = ("metrics", *key)
    value = max(value, float(engine.memory.get(place, 0.0)))
    engine.memory[place] = value
    return value
