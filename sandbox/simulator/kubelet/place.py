"""A container in its pod, and the pauses of its kubelet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.simulator.clock import seconds
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object

FIRST_BACK_OFF = 10
"""Seconds; doubled with each failure."""
LAST_BACK_OFF = 300
"""Longest back-off, seconds."""
NOTICE = 1.0
"""Seconds until the kubelet sees that a process has ended."""
RETRY = 12.0
"""Seconds between tries of a container whose image or configuration is not there."""
NO_PLUGIN = (
    "NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin "
    "not initialized"
)
"""What containerd says about a node without a CNI configuration."""


@dataclass(frozen=True)
class Place:
    """A container in its pod, and who tells about it."""

    engine: Engine
    pod: Object
    spec: Mapping[str, Any]
    """The container's spec."""
    path: str
    """fieldPath for events: spec.containers{name}."""
    init: bool
    """An init container (a sidecar is not one)."""

    def say(self, type_: str, reason: str, message: str) -> None:
        """An event of the kubelet about this container."""
        self.engine.event(
            self.pod,
            type_,
            reason,
            message,
            "kubelet",
            host=self.pod["spec"]["nodeName"],
            path=self.path,
        )

    def later(self, pause: float, *parts: object, spread: float = 0.1) -> timedelta:
        """A pause with the kubelet's jitter (always upwards)."""
        own = (self.pod["metadata"]["uid"], self.spec["name"], *map(str, parts))
        draw = self.engine.random(*own, self.engine.count(*own))
        return seconds(pause * (1 + spread * draw.random()))


def back_off(failures: int) -> int:
    """Seconds after so many failures in a row (at least one)."""
    return int(min(FIRST_BACK_OFF * 2 ** (failures - 1), LAST_BACK_OFF))
