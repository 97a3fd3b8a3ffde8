"""ResourceQuotas and LimitRanges."""

from __future__ import annotations

from tools.distil.item import Item
from tools.distil.shapes import mapping, sequence, string_map


def quota(item: Item) -> None:
    """State what a ResourceQuota allows and what is used of it, as written."""
    if hard := string_map(item.status.get("hard")):
        item.say("quota.hard", hard, "status.hard")
    elif hard := string_map(item.spec.get("hard")):
        item.say("quota.hard", hard, "spec.hard")
    if used := string_map(mapping(item.status.get("used"))):
        item.say("quota.used", used, "status.used")


def limit_range(item: Item) -> None:
    """State the limits of a LimitRange, as they are."""
    item.say("limitrange.limits", sequence(item.spec.get("limits")), "spec.limits")
