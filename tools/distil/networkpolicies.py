"""NetworkPolicies: what each of them selects and lets through."""

from __future__ import annotations

from tools.distil.item import Item


def network_policy(item: Item) -> None:
    """State the spec of a NetworkPolicy, as it is: all of it decides together."""
    item.say("policy.spec", item.spec, "spec")
