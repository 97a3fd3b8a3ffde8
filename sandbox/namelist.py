"""NameList: the names of one kind of object, from a metadata list that holds no content."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from sandbox.discovery import ResourceKind


@dataclass(frozen=True)
class NameList:
    """The names of one kind in one namespace (or in all)."""

    names: frozenset[str]
    """metadata.name of every object seen."""
    complete: bool
    """True when this is all of them; a name that is not here then did not exist."""
    denied: bool = False
    """RBAC does not allow the list."""

    def stdout(self, kind: ResourceKind, namespace: str | None) -> str:
        """The output of a `names` move: one JSON document."""
        document = {
            "kind": kind.kind,
            "namespace": namespace,
            "names": sorted(self.names),
            "complete": self.complete,
        }
        return json.dumps(document)


NOTHING_KNOWN = NameList(frozenset(), complete=False)


def names_in(document: JsonValue) -> Iterable[str]:
    """metadata.name of every item of a list document."""
    items: Any = document.get("items") if isinstance(document, dict) else None
    for item in items if isinstance(items, list) else ():
        meta = item.get("metadata") if isinstance(item, dict) else None
        if isinstance(meta, dict) and meta.get("name"):
            yield str(meta["name"])
