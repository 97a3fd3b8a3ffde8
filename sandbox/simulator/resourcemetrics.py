"""metrics.k8s.io: what pods and nodes use, as metrics-server answers it for `kubectl top` and HPAs.

Served only where the world has a metrics-server.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import ApiFailure, object_not_found
from sandbox.simulator.http import Request, Response, json_response
from sandbox.simulator.paths import Target
from sandbox.simulator.resources import BY_KEY, Resource
from sandbox.simulator.selection import select
from sandbox.simulator.store import Object, timestamp
from sandbox.simulator.timeshift import TimeShift
from sandbox.simulator.usage import Usage, node_usage, pod_usage

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
WINDOW = {"PodMetrics": 15, "NodeMetrics": 20}
"""Seconds over which CPU use is averaged (metrics-server scrapes every 15 s)."""

_READ = ("get", "list")
ROWS = (
    Resource(GROUP, VERSION, "NodeMetrics", "nodes", "", namespaced=False, verbs=_READ),
    Resource(GROUP, VERSION, "PodMetrics", "pods", "", verbs=_READ),
)
"""The kinds that metrics-server adds."""


def answer(engine: Engine, shift: TimeShift, target: Target, request: Request) -> Response:
    """One object or a list. Raises ApiFailure 404."""
    row = target.row
    stored = BY_KEY[row.plural]
    if target.name is not None:
        obj = engine.store.get(row.plural, target.namespace, target.name)
        if obj is None:
            raise object_not_found(stored, target.name)
        found = _metrics(engine, row, obj)
        if found is None:
            raise _no_metrics(row, obj)
        return json_response(200, shift.render(found))
    query = request.query
    selection = select(stored, query.get("labelSelector", ""), query.get("fieldSelector", ""))
    items = [
        found
        for obj in engine.store.list(row.plural, target.namespace)
        if selection.matches(obj) and (found := _metrics(engine, row, obj)) is not None
    ]
    body = {
        "kind": f"{row.kind}List",
        "apiVersion": row.api_version,
        "metadata": {},
        "items": [
            {field: value for field, value in item.items() if field not in ("kind", "apiVersion")}
            for item in map(shift.render, items)
        ],
    }
    return json_response(200, body)


def _metrics(engine: Engine, row: Resource, obj: Object) -> Object | None:
    """The metrics of one pod or node; None when nothing of it runs."""
    meta = obj["metadata"]
    shown = {field: meta[field] for field in ("name", "namespace", "labels") if field in meta}
    body: Object = {
        "kind": row.kind,
        "apiVersion": row.api_version,
        "metadata": {**shown, "creationTimestamp": engine.stamp},
        "timestamp": timestamp(engine.now - timedelta(seconds=WINDOW[row.kind] / 2)),
        "window": f"{WINDOW[row.kind]}s",
    }
    if row.kind == "NodeMetrics":
        used = node_usage(engine, meta["name"])
        return None if used is None else {**body, "usage": _amounts(used)}
    by_container: Mapping[str, Usage] = pod_usage(engine, obj)
    if not by_container:
        return None
    containers = [
        {"name": name, "usage": _amounts(used)} for name, used in sorted(by_container.items())
    ]
    return {**body, "containers": containers}


def _amounts(used: Usage) -> dict[str, Any]:
    cpu, memory = used
    return {"cpu": f"{int(cpu * 1_000_000)}n", "memory": f"{int(memory) // 1024}Ki"}


def _no_metrics(row: Resource, obj: Object) -> ApiFailure:
    meta = obj["metadata"]
    kind = row.kind.lower()
    name = f"{meta['namespace']}/{meta['name']}" if row.namespaced else meta["name"]
    details = {"name": name, "group": GROUP, "kind": kind}
    return ApiFailure(404, "NotFound", f'{kind}.{GROUP} "{name}" not found', details)
