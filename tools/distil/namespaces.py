"""Namespaces: whether one is going, and what its deletion waits for."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.item import Item
from tools.distil.podstatus import condition
from tools.distil.shapes import text

_REMAINS = re.compile(r"([a-z0-9.-]+?)\.? has (\d{1,9}) resource instances")
_HELD = re.compile(r"([^\s,:]+) in (\d{1,9}) resource instances")
_FAILURES = (
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure",
)


def namespace(item: Item) -> None:
    """State all facts of one Namespace."""
    item.say_text("namespace.phase", item.status.get("phase"), "status.phase")
    for kind, name, form in (
        ("NamespaceContentRemaining", "remaining", _REMAINS),
        ("NamespaceFinalizersRemaining", "finalizers", _HELD),
    ):
        found = condition(item.raw, kind)
        if found is None or found[1].get("status") != "True":
            continue
        message = text(found[1].get("message"))
        # A core resource is written `configmaps.`: its group is empty.
        left: dict[str, JsonValue] = {what: int(many) for what, many in form.findall(message)}
        if left:
            path = f"status.conditions[{found[0]}].message"
            item.say(f"namespace.{name}", left, path, quote=message)
    for kind in _FAILURES:
        found = condition(item.raw, kind)
        if found is not None and found[1].get("status") == "True":
            said = f"{text(found[1].get('reason'))}: {text(found[1].get('message'))}"
            item.say("namespace.failure", said, f"status.conditions[{found[0]}].message")
            return
