"""Custom resources: what their status says is wrong, in the words that operators have in common.

Nothing is known of a kind itself. Conditions follow the API conventions (Ready, Available, Degraded);
a phase, state or health in one word is what older operators have in their place.
"""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.item import Item
from tools.distil.shapes import mapping, mappings, text

_GOOD = re.compile(
    r"(?<!Not)(Ready|Available|Healthy|Synced|Reconciled|Valid|Accepted|Programmed)$"
)
"""Ends of condition types that are True when all is well."""
_BAD = re.compile(r"(Fail(ed|ure|ing)|Errors?|Degraded|Stalled|Invalid\w*|Conflicts?)$")
"""Ends of condition types that are False when all is well."""
_BAD_WORD = re.compile(
    r"(?i).*(fail|error|degraded|unhealthy|invalid|crash|notready|not ready).*|red"
)
_WORDS = ("phase", "state", "health")
_LONGEST = 300
"""Characters of a message."""
_MOST = 8


def custom_resource(item: Item) -> None:
    """State `custom.failing`, when the status says anything that this can be told from."""
    failing: list[JsonValue] = []
    found = mappings(item.status.get("conditions"))
    for _, condition in found:
        kind, status = text(condition.get("type")), text(condition.get("status"))
        if (_GOOD.search(kind) and status in ("False", "Unknown")) or (
            _BAD.search(kind) and status == "True"
        ):
            reason, message = text(condition.get("reason")), text(condition.get("message"))
            failing.append(_row(kind, status, reason, message))
    said = False
    for key in _WORDS:
        value = item.status.get(key)
        word = text(value) or text(mapping(value).get("status"))
        said = said or bool(word)
        if _BAD_WORD.fullmatch(word):
            message = text(mapping(value).get("message")) or text(item.status.get("message"))
            failing.append(_row(key, word, text(item.status.get("reason")), message))
    if found or said:
        at = "status.conditions" if found else "status"
        item.say("custom.failing", failing[:_MOST], at)


def _row(kind: str, status: str, reason: str, message: str) -> JsonValue:
    return {"type": kind, "status": status, "reason": reason, "message": message[:_LONGEST]}
