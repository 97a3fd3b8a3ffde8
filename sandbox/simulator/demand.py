"""What a pod asks for, as scheduler and quota count it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.simulator.quantity import number


def demand(spec: dict[str, Any], resource: str, what: str = "requests") -> Decimal:
    """A pod's requests (or limits): its containers' sum, or its greediest init container if more."""

    def of(container: dict[str, Any]) -> Decimal:
        value = container.get("resources", {}).get(what, {}).get(resource)
        return number(value) if value is not None else Decimal(0)

    main = sum((of(container) for container in spec["containers"]), Decimal(0))
    return max([main, *(of(container) for container in spec.get("initContainers", []))])


def terminal(pod: dict[str, Any]) -> bool:
    """Whether a pod has ended: it holds no node resources and counts in no quota any more."""
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
