"""Pods that were sent away: by their kubelet for want of something, or by the scheduler for another pod.

The texts are those of pkg/kubelet/eviction (1.27 to 1.36) and of the scheduler's preemption.
"""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.statement import Statement

_LOW = re.compile(r"The node (?:was low on|had condition:) (?:resource: )?\[?([A-Za-z-]+)")
_USING = re.compile(r"Container (\S+) was using (\S+?), request is (\S+?), has larger")
_CONTAINER = re.compile(
    r'Container (\S+) exceeded its local ephemeral storage limit "?([^"\s.]+)', re.I
)
_POD = re.compile(
    r"ephemeral local storage usage exceeds the total limit of containers (\S+?)\.?(\s|$)"
)
_EMPTY_DIR = re.compile(r'Usage of EmptyDir volume "([^"]+)" exceeds the limit "([^"]+)"', re.I)
_PREEMPTED = re.compile(r"Preempted by (?:pod )?(\S+) on node (\S+)")


def evicted(message: str) -> Statement:
    """`pod.evicted`: whose limit or want it was, and what the message says of it."""
    value: dict[str, JsonValue] = {"by": "other"}
    if found := _EMPTY_DIR.search(message):
        value = {"by": "emptydir", "volume": found[1], "limit": found[2]}
    elif found := _CONTAINER.search(message):
        value = {"by": "container-limit", "container": found[1], "limit": found[2]}
    elif found := _POD.search(message):
        value = {"by": "pod-limit", "limit": found[1]}
    elif found := _LOW.search(message):
        value = {"by": "node", "resource": found[1]}
        if used := _USING.search(message):
            value |= {"container": used[1], "used": used[2], "request": used[3]}
    return Statement("pod.evicted", {**value, "message": message.strip()})


def preempted(message: str) -> list[Statement]:
    """`pod.preempted`: which pod got the place; nothing for a text that does not say it."""
    found = _PREEMPTED.search(message)
    if found is None:
        return []
    return [Statement("pod.preempted", {"by": found[1], "node": found[2], "message": message})]
