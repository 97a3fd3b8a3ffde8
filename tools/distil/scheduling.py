"""FailedScheduling messages: how many nodes fell out for which reason."""

from __future__ import annotations

import re
from typing import TypedDict

from pydantic import JsonValue

from tools.distil.statement import Statement

_AVAILABLE = re.compile(r"(\d+)/(\d+) nodes are available:? ?")
_PREEMPTION = re.compile(r"[.,]? ?(?:no new claims to deallocate, )?preemption: ")
_PART = re.compile(r"^(?:(\d+) )?(.*)$", re.S)
_TAINT = re.compile(r"taint(?:\(s\))?(?: \{([^}]*)\})?")
_CLAIM = re.compile(r'persistentvolumeclaim "([^"]+)" not found', re.I)
_UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"

_COUNTED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("cordoned", re.compile(r"were unschedulable|was unschedulable")),
    (
        "selector",
        re.compile(
            r"didn't match (?:Pod's )?node (?:affinity|selector)|didn't match the requested node"
        ),
    ),
    ("anti_affinity", re.compile(r"anti-affinity")),
    ("affinity", re.compile(r"pod affinity")),
    ("spread", re.compile(r"topology spread")),
    ("ports", re.compile(r"free ports")),
    (
        "volume",
        re.compile(
            r"volume node affinity conflict|PersistentVolume's node affinity"
            r"|available persistent volumes to bind|volume zone|max volume count|non-existent pv"
            r"|enough free storage|volume limits"
        ),
    ),
    # A claim that waits for its volume, and one that is not there (or going away).
    ("unbound", re.compile(r"unbound immediate", re.I)),
    ("claims", re.compile(r'persistentvolumeclaim "', re.I)),
)


class _Counts(TypedDict):
    insufficient: dict[str, int]
    taints: dict[str, int]
    plain: dict[str, int]
    other: list[str]


def _taint(text: str) -> str:
    """`{key: value}` as the kubectl spelling `key=value`, or `key` when there is no value."""
    key, _, value = text.partition(":")
    return f"{key.strip()}={value.strip()}" if value.strip() else key.strip()


def _count_part(part: str, total: int, counts: _Counts) -> None:
    found = _PART.match(part)
    if found is None or not part:
        return
    # Reasons without a number (an unbound claim) hold for the pod, so for every node.
    nodes = int(found.group(1)[:9]) if found.group(1) else total
    why = found.group(2)
    if why.startswith("Insufficient "):
        name = why.removeprefix("Insufficient ").strip()
        counts["insufficient"][name] = counts["insufficient"].get(name, 0) + nodes
    elif why.startswith("Too many pods"):
        counts["insufficient"]["pods"] = counts["insufficient"].get("pods", 0) + nodes
    elif (taint := _TAINT.search(why)) is not None:
        name = _taint(taint.group(1) or "unnamed")
        counts["taints"][name] = counts["taints"].get(name, 0) + nodes
        if name == _UNSCHEDULABLE_TAINT:
            counts["plain"]["cordoned"] += nodes
    else:
        for name, pattern in _COUNTED:
            if pattern.search(why):
                counts["plain"][name] += nodes
                return
        counts["other"].append(why)


def _parts(told: str) -> list[str]:
    """The comma-separated reasons, up to the end of their sentence."""
    sentence = told.split(". ", 1)[0].rstrip(". ")
    # `had taint {a: b}, that the pod didn't tolerate` (before 1.24) holds a comma of its own.
    return [part for part in re.split(r", (?!that the pod)", sentence) if part]


def schedule_failed(message: str) -> list[Statement]:
    """`schedule.failed` with counts of nodes per reason, and `mount.missing` for absent claims.

    The preemption tail repeats the nodes and is not counted.
    """
    head = _PREEMPTION.split(message, maxsplit=1)[0]
    available = _AVAILABLE.search(head)
    total = int(available.group(2)[:9]) if available else 0
    told = head[available.end() :] if available else head
    counts: _Counts = {
        "insufficient": {},
        "taints": {},
        "plain": {name: 0 for name, _ in _COUNTED},
        "other": [],
    }
    for part in _parts(told):
        _count_part(part, total, counts)
    value: dict[str, JsonValue] = {"message": message, "nodes": total}
    value["insufficient"] = dict(counts["insufficient"])
    value["taints"] = dict(counts["taints"])
    value |= counts["plain"]
    value["other"] = list(counts["other"])
    found = [Statement("schedule.failed", value)]
    for name in dict.fromkeys(_CLAIM.findall(head)):
        claim: JsonValue = {"volume": "", "kind": "PersistentVolumeClaim", "name": name}
        found.append(Statement("mount.missing", claim))
    return found
