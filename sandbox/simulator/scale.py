"""The scale subresource: replicas of any workload in one shape."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.selectors import label_selector_text

Object = dict[str, Any]

_META = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(obj: Object) -> Object:
    """The autoscaling/v1 Scale of a Deployment, ReplicaSet, StatefulSet or the like."""
    meta, spec = obj.get("metadata") or {}, obj.get("spec") or {}
    selector = spec.get("selector") or {}
    if selector and not {"matchLabels", "matchExpressions"} & set(selector):
        selector = {"matchLabels": selector}  # a ReplicationController has plain labels
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {field: meta[field] for field in _META if field in meta},
        "spec": {"replicas": spec.get("replicas", 0)},
        "status": {
            "replicas": (obj.get("status") or {}).get("replicas", 0),
            "selector": label_selector_text(selector),
        },
    }
