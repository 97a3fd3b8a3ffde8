"""HorizontalPodAutoscalers and PodDisruptionBudgets: which workload they are about."""

from __future__ import annotations

from tools.distil.item import Item
from tools.distil.shapes import dig, string_map, text


def autoscaler(item: Item) -> None:
    """State what a HorizontalPodAutoscaler scales."""
    kind, name = (text(dig(item.spec, "scaleTargetRef", key)) for key in ("kind", "name"))
    if kind and name:
        item.say("autoscaler.target", f"{kind}/{name}", "spec.scaleTargetRef")


def budget(item: Item) -> None:
    """State which pods a PodDisruptionBudget counts."""
    if selector := string_map(dig(item.spec, "selector", "matchLabels")):
        item.say("budget.selector", selector, "spec.selector.matchLabels")
