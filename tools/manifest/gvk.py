"""Group, version and kind: the name of an object type, and which version is the better one."""

from __future__ import annotations

import re
from typing import NamedTuple


class Gvk(NamedTuple):
    """Group, version and kind of an object type."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version


def split(api_version: str) -> tuple[str, str]:
    """Group and version of an apiVersion; the core group is empty."""
    group, _, version = api_version.rpartition("/")
    return group, version


def custom(group: str) -> bool:
    """Whether a group is of custom resources: a domain that is not Kubernetes' own."""
    return "." in group and (not group.endswith(".k8s.io") or group.endswith(".x-k8s.io"))


def stability(gvk: Gvk) -> tuple[int, int, int, str]:
    """Sorts v2 over v1 over v1beta2 over v1alpha1; at equal versions the group with a name wins."""
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", gvk.version)
    if match is None:
        return (0, 0, 0, gvk.group)
    stage = {None: 3, "beta": 2, "alpha": 1}[match[2]]
    return (stage, int(match[1]), int(match[3] or 0), gvk.group)
