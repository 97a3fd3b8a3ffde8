"""The scale subresource: replicas of any workload in one shape, read and written."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.simulator.errors import object_not_found
from sandbox.simulator.fieldpaths import field_at
from sandbox.simulator.resources import Resource
from sandbox.simulator.selectors import label_selector_text
from sandbox.simulator.store import Object
from sandbox.simulator.validation import invalid
from sandbox.simulator.validation.problem import bad

SCALE = Resource("autoscaling", "v1", "Scale", "scales", "scale")
"""The kind that scale requests carry."""

_META = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(row: Resource, obj: Object) -> Object:
    """The autoscaling/v1 Scale of an object."""
    meta = obj.get("metadata") or {}
    wanted, current, selector = row.scale_paths
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {field: meta[field] for field in _META if field in meta},
        "spec": {"replicas": _integer(field_at(obj, wanted))},
        "status": {
            "replicas": _integer(field_at(obj, current)),
            "selector": str(field_at(obj, selector) or "") if row.custom else _selector(obj),
        },
    }


def rescaled(row: Resource, obj: Object, scale: Object) -> Object:
    """The object with a Scale's replicas. Raises ApiFailure 422 for a negative number."""
    spec = scale.get("spec")
    number = spec.get("replicas", 0) if isinstance(spec, dict) else 0
    name = obj["metadata"]["name"]
    if isinstance(number, bool) or not isinstance(number, int):
        number = 0
    if number < 0:
        problem = bad("spec.replicas", number, "must be greater than or equal to 0")
        raise invalid(SCALE, name, [problem])
    meta = {**obj["metadata"]}
    version = (scale.get("metadata") or {}).get("resourceVersion")
    if version:
        meta["resourceVersion"] = version
    else:
        meta.pop("resourceVersion", None)
    result = copy.deepcopy({**obj, "metadata": meta})
    place: dict[str, Any] = result
    *steps, last = row.scale_paths[0].lstrip(".").split(".")
    for step in steps:
        place = place.setdefault(step, {})
        if not isinstance(place, dict):
            raise object_not_found(row, name)
    place[last] = number
    return result


def _selector(obj: Object) -> str:
    selector = (obj.get("spec") or {}).get("selector") or {}
    if selector and not {"matchLabels", "matchExpressions"} & set(selector):
        selector = {"matchLabels": selector}  # a ReplicationController has plain labels
    return label_selector_text(selector)


def _integer(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
