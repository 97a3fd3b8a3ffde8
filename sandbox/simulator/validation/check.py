"""check: the rules that an object of its kind must keep."""

from __future__ import annotations

from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object
from sandbox.simulator.validation.problem import Problem


def check(row: Resource, new: Object, old: Object | None) -> list[Problem]:
    """Every problem of a new object, or of the change from `old` to `new`; empty when it is fine."""
    return []
