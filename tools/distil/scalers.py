"""HorizontalPodAutoscalers and PodDisruptionBudgets: which workload they are about, and their state."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.item import Item
from tools.distil.podstatus import condition
from tools.distil.shapes import dig, integer, mapping, mappings, string_map, text

_CONDITIONS = {
    "AbleToScale": "autoscaler.able_to_scale",
    "ScalingActive": "autoscaler.scaling_active",
    "ScalingLimited": "autoscaler.scaling_limited",
}
_NO_REQUEST = re.compile(
    r"missing request for (?P<resource>\S+) in container (?P<container>\S+) of Pod (?P<pod>\S+)"
)


def autoscaler(item: Item) -> None:
    """State what a HorizontalPodAutoscaler scales, within which limits, and how it fares."""
    kind, name = (text(dig(item.spec, "scaleTargetRef", key)) for key in ("kind", "name"))
    if kind and name:
        item.say("autoscaler.target", f"{kind}/{name}", "spec.scaleTargetRef")
    least, most = (integer(item.spec.get(key)) for key in ("minReplicas", "maxReplicas"))
    item.say("autoscaler.least", 1 if least is None else least, "spec.minReplicas")
    if most is not None:
        item.say("autoscaler.most", most, "spec.maxReplicas")
    for field in ("current", "desired"):
        number = integer(item.status.get(f"{field}Replicas"))
        if number is not None:
            item.say(f"autoscaler.{field}", number, f"status.{field}Replicas")
    for type_, name in _CONDITIONS.items():
        _condition(item, type_, name)
    _usage(item)


def _condition(item: Item, type_: str, name: str) -> None:
    found = condition(item.raw, type_)
    if found is None:
        return
    n, entry = found
    value: dict[str, JsonValue] = {
        key: text(entry.get(key)) for key in ("status", "reason", "message")
    }
    quote = f"{type_}={value['status']} {value['reason']}: {value['message']}"
    item.say(name, value, f"status.conditions[{n}]", quote=quote)
    if lacking := _NO_REQUEST.search(text(entry.get("message"))):
        item.say(
            "autoscaler.lacks_request",
            dict(lacking.groupdict()),
            f"status.conditions[{n}].message",
            quote=quote,
        )


def _usage(item: Item) -> None:
    """The first metric that is counted in percent of the request: what it is, and shall be."""
    wanted: dict[str, int] = {}
    for _, metric in mappings(item.spec.get("metrics")):
        source = mapping(metric.get("resource"))
        goal = integer(dig(source, "target", "averageUtilization"))
        if goal is not None:
            wanted[text(source.get("name"))] = goal
    for n, metric in mappings(item.status.get("currentMetrics")):
        source = mapping(metric.get("resource"))
        resource = text(source.get("name"))
        now = integer(dig(source, "current", "averageUtilization"))
        if now is not None and resource in wanted:
            value: dict[str, JsonValue] = {
                "resource": resource,
                "percent": now,
                "target": wanted[resource],
            }
            path = f"status.currentMetrics[{n}]"
            quote = f"{resource}: {now}% of the request, target {wanted[resource]}%"
            item.say("autoscaler.usage", value, path, quote=quote)
            return


def budget(item: Item) -> None:
    """State which pods a PodDisruptionBudget counts, what it demands, and what it has."""
    if selector := string_map(dig(item.spec, "selector", "matchLabels")):
        item.say("budget.selector", selector, "spec.selector.matchLabels")
    for key in ("minAvailable", "maxUnavailable"):
        if (rule := item.spec.get(key)) is not None:
            item.say("budget.rule", {key: rule}, f"spec.{key}")
    for name, field in (
        ("healthy", "currentHealthy"),
        ("desired", "desiredHealthy"),
        ("expected", "expectedPods"),
        ("allowed", "disruptionsAllowed"),
    ):
        if (number := integer(item.status.get(field))) is not None:
            item.say(f"budget.{name}", number, f"status.{field}")
