"""filled: an object with the empty structs that Go writes whether they are set or not.

The server compares Go values, in which a struct held by value is always there: its appearance is
nobody's doing, so `f:spec` or `f:strategy` has no "." in fieldsV1, while `f:rollingUpdate`, a pointer,
has one. The schemas do not tell the two apart, hence this table of the types in k8s.io/api.
"""

from __future__ import annotations

from typing import Any

from sandbox.simulator.patching.schema import Node

_BY_VALUE = {
    "Container": ("resources",),
    "ContainerStatus": ("lastState", "state"),
    "CronJobSpec": ("jobTemplate",),
    "CustomResourceDefinitionSpec": ("names",),
    "CustomResourceDefinitionStatus": ("acceptedNames",),
    "DaemonSetSpec": ("template", "updateStrategy"),
    "DeploymentSpec": ("strategy", "template"),
    "EphemeralContainer": ("resources",),
    "Event": ("involvedObject", "source"),
    "HorizontalPodAutoscalerSpec": ("scaleTargetRef",),
    "IngressStatus": ("loadBalancer",),
    "JobSpec": ("template",),
    "JobTemplateSpec": ("metadata", "spec"),
    "NodeDaemonEndpoints": ("kubeletEndpoint",),
    "NodeStatus": ("daemonEndpoints", "nodeInfo"),
    "PersistentVolumeClaimSpec": ("resources",),
    "PersistentVolumeClaimTemplate": ("metadata", "spec"),
    "PodTemplate": ("template",),
    "PodTemplateSpec": ("metadata", "spec"),
    "ReplicaSetSpec": ("template",),
    "ResourceClaimSpec": ("devices",),
    "ServiceStatus": ("loadBalancer",),
    "StatefulSetSpec": ("template", "updateStrategy"),
}

_ALWAYS = ("metadata", "spec", "status")
"""Held by value in every built-in kind."""


def filled(obj: dict[str, Any], node: Node) -> dict[str, Any]:
    """The object as its Go type has it; custom resources, which have none, come back as they are."""
    if not node.name:
        return obj
    result: dict[str, Any] = _filled(obj, node)
    for field in _ALWAYS:
        below = node.field(field)
        if below is not None and field not in result:
            result[field] = _filled({}, below)
    return result


def _filled(value: Any, node: Node) -> Any:
    if isinstance(value, list):
        return [_filled(item, node.element) for item in value]
    if not isinstance(value, dict) or node.atomic:
        return value
    result = {key: _filled(inner, node.child(key)) for key, inner in value.items()}
    for field in _BY_VALUE.get(node.name, ()):
        below = node.field(field)
        if below is not None and field not in result:
            result[field] = _filled({}, below)
    for field in node.required:
        # Slices and maps without omitempty: null rather than absent.
        below = node.field(field)
        if below is not None and below.kind in ("list", "map") and field not in result:
            result[field] = None
    return result
