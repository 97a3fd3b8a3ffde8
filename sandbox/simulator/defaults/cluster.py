"""Kinds about the cluster: bindings, limits, autoscalers, priorities, webhooks."""

from __future__ import annotations

from sandbox.simulator.defaults.parts import Json, child, each, fill, fill_empty, present
from sandbox.simulator.store import Object

RBAC = "rbac.authorization.k8s.io"
CPU_TARGET = 80
"""Percent of the requested CPU that an autoscaler without metrics aims at."""


def binding(obj: Object) -> None:
    """A RoleBinding or ClusterRoleBinding."""
    fill_empty(child(obj, "roleRef"), apiGroup=RBAC)
    for subject in each(obj, "subjects"):
        if subject.get("kind") in ("User", "Group"):
            fill_empty(subject, apiGroup=RBAC)


def namespace(obj: Object) -> None:
    """A Namespace carries its name as a label."""
    meta = child(obj, "metadata")
    if meta.get("name"):
        fill_empty(child(meta, "labels"), **{"kubernetes.io/metadata.name": meta["name"]})


def limit_range(obj: Object) -> None:
    """A LimitRange for containers: the maximum is the default, the default the default request."""
    for item in each(child(obj, "spec"), "limits"):
        if item.get("type") != "Container":
            continue
        for source, target in (
            ("max", "default"),
            ("default", "defaultRequest"),
            ("min", "defaultRequest"),
        ):
            for name, value in (present(item, source) or {}).items():
                child(item, target).setdefault(name, value)


def definition(obj: Object) -> None:
    """A CustomResourceDefinition: names that follow from the kind, and no conversion."""
    spec = child(obj, "spec")
    names = child(spec, "names")
    kind = str(names.get("kind") or "")
    if kind:
        fill_empty(names, singular=kind.lower(), listKind=f"{kind}List")
    fill(spec, conversion={"strategy": "None"})


def priority_class(obj: Object) -> None:
    """A PriorityClass."""
    fill(obj, preemptionPolicy="PreemptLowerPriority")


def autoscaler(obj: Object) -> None:
    """A HorizontalPodAutoscaler; version 2 aims at a share of the CPU when it is told nothing."""
    spec = child(obj, "spec")
    fill(spec, minReplicas=1)
    if not str(obj.get("apiVersion", "")).endswith("/v2"):
        return
    target = {"averageUtilization": CPU_TARGET, "type": "Utilization"}
    metric = {"resource": {"name": "cpu", "target": target}, "type": "Resource"}
    fill_empty(spec, metrics=[metric])
    behavior = present(spec, "behavior")
    if behavior is not None:
        _scaling(child(behavior, "scaleUp"), ("Pods", 4), ("Percent", 100), window=0)
        _scaling(child(behavior, "scaleDown"), ("Percent", 100), window=None)


def _scaling(rules: Json, *policies: tuple[str, int], window: int | None) -> None:
    if window is not None:
        fill(rules, stabilizationWindowSeconds=window)
    fill(rules, selectPolicy="Max")
    made = [{"periodSeconds": 15, "type": kind, "value": value} for kind, value in policies]
    fill_empty(rules, policies=made)


def webhooks(obj: Object) -> None:
    """A ValidatingWebhookConfiguration."""
    for hook in each(obj, "webhooks"):
        fill(
            hook,
            failurePolicy="Fail",
            matchPolicy="Equivalent",
            namespaceSelector={},
            objectSelector={},
            timeoutSeconds=10,
        )
        for rule in each(hook, "rules"):
            fill(rule, scope="*")
        service = present(child(hook, "clientConfig"), "service")
        if service is not None:
            fill(service, port=443)


def mutating_webhooks(obj: Object) -> None:
    """A MutatingWebhookConfiguration."""
    webhooks(obj)
    for hook in each(obj, "webhooks"):
        fill(hook, reinvocationPolicy="Never")
