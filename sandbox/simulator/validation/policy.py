"""PodDisruptionBudgets, HorizontalPodAutoscalers and PriorityClasses."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.amounts import quantity
from sandbox.simulator.validation.fields import Json, entries, has, internal, mapping, number, text
from sandbox.simulator.validation.problem import Problem, bad, forbidden, required, unsupported
from sandbox.simulator.validation.selectors import label_selector
from sandbox.simulator.validation.workloads import at_most_all, int_or_percent

EVICTION = ("AlwaysAllow", "IfHealthyBudget")
METRICS = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
"""Type of a metric -> the field that describes it."""
TARGETS = ("AverageValue", "Utilization", "Value")
HIGHEST_USER_PRIORITY = 1_000_000_000


def disruption_budget(obj: Json) -> Iterator[Problem]:
    """A PodDisruptionBudget."""
    spec = mapping(obj, "spec")
    if has(spec, "minAvailable") and has(spec, "maxUnavailable"):
        shown = internal(
            spec, "MinAvailable", "Selector", "MaxUnavailable", "UnhealthyPodEvictionPolicy"
        )
        yield bad("spec", shown, "minAvailable and maxUnavailable cannot be both set")
    for key in ("minAvailable", "maxUnavailable"):
        if has(spec, key):
            yield from int_or_percent(spec[key], f"spec.{key}")
            yield from at_most_all(spec[key], f"spec.{key}")
    yield from label_selector(spec.get("selector"), "spec.selector")
    policy = text(spec, "unhealthyPodEvictionPolicy")
    if policy and policy not in EVICTION:
        yield unsupported("spec.unhealthyPodEvictionPolicy", policy, EVICTION)


def autoscaler(obj: Json) -> Iterator[Problem]:
    """A HorizontalPodAutoscaler, v1 or v2."""
    spec = mapping(obj, "spec")
    least, most = number(spec, "minReplicas"), number(spec, "maxReplicas") or 0
    if least is not None and least < 1:
        yield bad("spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        yield bad("spec.maxReplicas", most, "must be greater than 0")
    if least is not None and most < least:
        yield bad("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    target = mapping(spec, "scaleTargetRef")
    for key in ("kind", "name"):
        value, where = text(target, key), f"spec.scaleTargetRef.{key}"
        if not value:
            yield required(where)
        else:
            yield from (bad(where, value, said) for said in names.path_segment(value))
    for where, metric in entries(spec, "metrics", "spec"):
        yield from _metric(metric, where)
    behavior = mapping(spec, "behavior")
    for key in ("scaleUp", "scaleDown"):
        if has(behavior, key):
            yield from _scaling(mapping(behavior, key), f"spec.behavior.{key}")


def _metric(metric: Json, where: str) -> Iterator[Problem]:
    kind = text(metric, "type")
    if not kind:
        yield required(f"{where}.type", "must specify a metric source type")
        return
    if kind not in METRICS:
        yield unsupported(f"{where}.type", kind, tuple(METRICS))
        return
    field = METRICS[kind]
    if not has(metric, field):
        said = "must populate information for the given metric source"
        yield required(f"{where}.{field}", said)
    for other in METRICS.values():
        if other != field and has(metric, other):
            said = "must populate the given metric source only"
            yield forbidden(f"{where}.{other}", said)
    source, path = mapping(metric, field), f"{where}.{field}"
    if field in ("resource", "containerResource") and source:
        if not text(source, "name"):
            yield required(f"{path}.name", "must specify a resource name")
        if field == "containerResource" and not text(source, "container"):
            yield required(f"{path}.container", "must specify a container")
    elif source and not text(mapping(source, "metric"), "name"):
        yield required(f"{path}.metric.name", "must specify a metric name")
    if source:
        yield from _target(mapping(source, "target"), f"{path}.target")


def _target(target: Json, path: str) -> Iterator[Problem]:
    kind = text(target, "type")
    if not kind:
        yield required(f"{path}.type", "must specify a metric target type")
    elif kind not in TARGETS:
        said = "must be either Utilization, Value, or AverageValue"
        yield bad(f"{path}.type", kind, said)
    share = number(target, "averageUtilization")
    if share is not None and share < 1:
        yield bad(f"{path}.averageUtilization", share, "must be greater than 0")
    for key in ("value", "averageValue"):
        amount = quantity(target.get(key))
        if amount is not None and amount <= 0:
            yield bad(f"{path}.{key}", target[key], "must be positive")
    if kind == "Utilization" and share is None and not has(target, "averageValue"):
        said = "must set either a target raw value or a target utilization"
        yield required(f"{path}.averageUtilization", said)


def _scaling(rules: Json, path: str) -> Iterator[Problem]:
    window = number(rules, "stabilizationWindowSeconds")
    if window is not None and window < 0:
        yield bad(
            f"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero"
        )
    if window is not None and window > 3600:
        said = "must be less than or equal to 3600"
        yield bad(f"{path}.stabilizationWindowSeconds", window, said)
    choice = text(rules, "selectPolicy")
    if choice and choice not in ("Max", "Min", "Disabled"):
        yield unsupported(f"{path}.selectPolicy", choice, ("Disabled", "Max", "Min"))
    for where, entry in entries(rules, "policies", path):
        kind = text(entry, "type")
        if kind not in ("Percent", "Pods"):
            yield unsupported(f"{where}.type", kind, ("Percent", "Pods"))
        for key, most in (("value", None), ("periodSeconds", 1800)):
            value = number(entry, key) or 0
            if value <= 0:
                yield bad(f"{where}.{key}", value, names.POSITIVE)
            if most is not None and value > most:
                yield bad(f"{where}.{key}", value, f"must be less than or equal to {most}")


def priority_class(obj: Json) -> Iterator[Problem]:
    """A PriorityClass that a user makes."""
    name, value = text(mapping(obj, "metadata"), "name"), number(obj, "value") or 0
    if name in ("system-cluster-critical", "system-node-critical"):
        return
    if name.startswith("system-"):
        said = (
            "priority class names with 'system-' prefix are reserved for system use only. error: "
            f"{name} is not a known system priority class"
        )
        yield forbidden("metadata.name", said)
    if value > HIGHEST_USER_PRIORITY:
        said = f"maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}"
        yield forbidden("value", said)
    policy = text(obj, "preemptionPolicy")
    if policy and policy not in ("Never", "PreemptLowerPriority"):
        yield unsupported("preemptionPolicy", policy, ("Never", "PreemptLowerPriority"))


def priority_class_update(new: Json, old: Json) -> Iterator[Problem]:
    """Value and preemption stay."""
    if (number(new, "value") or 0) != (number(old, "value") or 0):
        yield forbidden("value", "may not be changed in an update.")
    if new.get("preemptionPolicy") != old.get("preemptionPolicy"):
        yield bad("preemptionPolicy", new.get("preemptionPolicy"), names.IMMUTABLE)
