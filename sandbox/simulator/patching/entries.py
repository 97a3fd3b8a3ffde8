"""Managers: what metadata.managedFields says, read and written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sandbox.simulator.patching.fieldset import FieldSet, Path

MAX_UPDATERS = 10
"""Entries of ordinary updates kept apart; the API server folds the oldest beyond that."""

ANCIENT = "ancient-changes"
"""The manager they are folded into."""

# Fields that every object has and no manager owns.
_UNOWNED: tuple[Path, ...] = (
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata",),
    *(
        ("f:metadata", f"f:{name}")
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    ),
)
UNOWNED = FieldSet()
for _path in _UNOWNED:
    UNOWNED.insert(_path)


class Manager(NamedTuple):
    """Who wrote, how and through what: entries that agree in this are one entry."""

    name: str
    operation: str
    api_version: str
    """Empty for an Apply, whose entry stays one across versions."""
    subresource: str = ""

    def described(self) -> str:
        """As conflict messages name it."""
        said = json.dumps(self.name, ensure_ascii=False)
        if self.subresource:
            said += f" with subresource {json.dumps(self.subresource)}"
        return f"{said} using {self.api_version}" if self.operation == "Update" else said


def manager(name: str, operation: str, api_version: str, subresource: str) -> Manager:
    """The identity of a writer."""
    return Manager(name, operation, "" if operation == "Apply" else api_version, subresource)


class Owned(NamedTuple):
    """What one manager owns, since when, in terms of which version."""

    fields: FieldSet
    time: str
    api_version: str


Managers = dict[Manager, Owned]


def decoded(entries: Any) -> Managers:
    """The managers of a managedFields list. Raises ValueError for what no server would store."""
    result: Managers = {}
    for entry in entries or ():
        if not isinstance(entry, dict) or entry.get("operation") not in ("Apply", "Update"):
            raise ValueError("no managedFields entry")
        version = str(entry.get("apiVersion", ""))
        who = manager(
            str(entry.get("manager", "")),
            entry["operation"],
            version,
            str(entry.get("subresource", "")),
        )
        fields = FieldSet.from_json(entry.get("fieldsV1") or {})
        if who in result:
            fields = fields | result[who].fields
        result[who] = Owned(fields, str(entry.get("time") or ""), version)
    return result


def encoded(managers: Managers) -> list[dict[str, Any]]:
    """The managedFields list, in the server's order."""
    ordered = sorted(
        managers.items(),
        key=lambda item: (
            item[0].operation,
            item[1].time,
            item[0].name,
            item[1].api_version,
            item[0].subresource,
        ),
    )
    return [_entry(who, owned) for who, owned in ordered]


def is_reset(entries: Any) -> bool:
    """`[{}]`: the client wants all of them forgotten."""
    return isinstance(entries, list) and len(entries) == 1 and not entries[0]


def stripped(fields: FieldSet) -> FieldSet:
    """Without what nobody owns."""
    return fields - UNOWNED


def capped(managers: Managers) -> Managers:
    """With the oldest of too many updaters folded into one."""
    updaters = sorted(
        (who for who in managers if who.operation == "Update"),
        key=lambda who: (managers[who].time, who.name),
    )
    result = dict(managers)
    surplus = len(updaters) - MAX_UPDATERS
    if surplus <= 0:
        return result
    for who in updaters[: surplus + 1]:
        owned = result.pop(who)
        ancient = Manager(ANCIENT, "Update", who.api_version, who.subresource)
        before = result.get(ancient)
        fields = owned.fields | before.fields if before else owned.fields
        result[ancient] = Owned(fields, owned.time, owned.api_version)
    return result


def with_managers(obj: dict[str, Any], managers: Managers) -> dict[str, Any]:
    """A copy of an object that says who owns it."""
    meta = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    if managers:
        meta["managedFields"] = encoded(managers)
    return {**obj, "metadata": meta}


def without_managers(obj: dict[str, Any]) -> dict[str, Any]:
    """A copy of an object that says nothing of its owners."""
    return with_managers(obj, {}) if "managedFields" in (obj.get("metadata") or {}) else obj


def timeless(entries: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Entries without their times: a write that changes nothing else is no write."""
    bare = [
        {key: value for key, value in entry.items() if key != "time"} for entry in entries or ()
    ]
    return sorted(bare, key=lambda entry: json.dumps(entry, sort_keys=True))


def _entry(who: Manager, owned: Owned) -> dict[str, Any]:
    entry: dict[str, Any] = {"manager": who.name, "operation": who.operation}
    entry["apiVersion"] = owned.api_version
    if owned.time:
        entry["time"] = owned.time
    entry["fieldsType"] = "FieldsV1"
    entry["fieldsV1"] = owned.fields.to_json()
    if who.subresource:
        entry["subresource"] = who.subresource
    return entry
