"""What admission is asked about, and how it says no."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object


class Attributes(NamedTuple):
    """One write on its way into the store."""

    operation: Literal["CREATE", "UPDATE", "DELETE"]
    row: Resource
    """The kind, in the version that the client used."""
    obj: Object
    """The object as it would be stored; for DELETE the one that goes."""
    old: Object | None
    """What it replaces."""
    sub: str = ""
    """Subresource."""
    dry_run: bool = False
    """Nothing will be stored."""

    @property
    def namespace(self) -> str:
        """Where the object lives; empty at cluster scope."""
        return str(self.obj["metadata"].get("namespace") or "") if self.row.namespaced else ""

    @property
    def name(self) -> str:
        """The object's name."""
        return str(self.obj["metadata"].get("name") or "")

    def creates(self, *keys: str) -> bool:
        """Whether it creates an object of one of these store keys."""
        return self.operation == "CREATE" and not self.sub and self.row.key in keys

    def refusal(self, why: str) -> ApiFailure:
        """403 in the words that every admission plugin uses."""
        details: dict[str, Any] = {"name": self.name, "group": self.row.group}
        details["kind"] = self.row.plural
        message = f'{self.row.qualified} "{self.name}" is forbidden: {why}'
        shown = {field: value for field, value in details.items() if value}
        return ApiFailure(403, "Forbidden", message, shown)
