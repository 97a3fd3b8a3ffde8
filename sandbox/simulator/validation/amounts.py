"""Requests and limits: known resources, no negative amounts, no request above its limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, mapping
from sandbox.simulator.validation.problem import Problem, bad, required
from tools.distil.quantity import Parsed, QuantityError, parsed

STANDARD_RESOURCES = frozenset({"cpu", "memory", "ephemeral-storage"})


def resources(value: Json, path: str) -> Iterator[Problem]:
    """Requests and limits of a container."""
    limits, requests = mapping(value, "limits"), mapping(value, "requests")
    for name, limit in limits.items():
        yield from _resource(name, limit, f"{path}.limits")
    for name, request in requests.items():
        yield from _resource(name, request, f"{path}.requests")
        limit = limits.get(name)
        if limit is None:
            if _extended(name):
                said = "Limit must be set for non overcommitable resources"
                yield required(f"{path}.limits", said)
            continue
        asked, most = quantity(request), quantity(limit)
        if asked is None or most is None:
            continue
        if _extended(name) and asked != most:
            said = f"must be equal to {name} limit of {limit}"
            yield bad(f"{path}.requests", str(request), said)
        elif asked > most:
            said = f"must be less than or equal to {name} limit of {limit}"
            yield bad(f"{path}.requests", str(request), said)


def _resource(name: str, value: Any, path: str) -> Iterator[Problem]:
    where = f"{path}[{name}]"
    yield from (bad(where, name, said) for said in names.qualified(name))
    if "/" not in name and name not in STANDARD_RESOURCES and not name.startswith("hugepages-"):
        yield bad(where, name, "must be a standard resource type or fully qualified")
        yield bad(where, name, "must be a standard resource for containers")
    yield from not_negative_quantity(value, where)
    found = quantity(value)
    if _extended(name) and found is not None and found != found.to_integral_value():
        yield bad(where, str(value), "must be an integer")


def _extended(name: str) -> bool:
    """A resource that cannot be overcommitted: a vendor's, or huge pages."""
    vendor = "/" in name and not name.startswith("kubernetes.io/")
    return vendor or name.startswith("hugepages-")


def quantity(value: Any) -> Parsed | None:
    """The quantity, or None for what is none."""
    try:
        return parsed(value) if isinstance(value, str) else None
    except QuantityError:
        return None


def not_negative_quantity(value: Any, path: str) -> Iterator[Problem]:
    """A quantity of at least 0."""
    found = quantity(value)
    if found is not None and found < 0:
        yield bad(path, str(value), names.NOT_NEGATIVE)
