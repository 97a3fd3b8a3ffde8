"""Tables: what `kubectl get` prints is made by the server.

A kind's printer is a list of columns and a function from an object to its cells. The printers are
in `tables_*.py`; kinds without one get NAME and CREATED AT, as on the real server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.simulator.durations import since
from sandbox.simulator.fieldpaths import field_at
from sandbox.simulator.resources import Column, Resource

Object = dict[str, Any]
Cells = list[Any]

NONE, UNSET, UNKNOWN = "<none>", "<unset>", "<unknown>"


class Printer(NamedTuple):
    """How the objects of a kind become rows."""

    columns: tuple[Column, ...]
    cells: Callable[[Object, datetime], Cells]
    conditions: Callable[[Object], list[Object]] | None = None
    """Row conditions: kubectl hides no row for them, but they are on the wire."""
    null_when_empty: bool = False
    """An empty list has `rows: null` instead of `[]` (the server's fallback printer does)."""


def columns(text: str, wide: str = "", **types: str) -> tuple[Column, ...]:
    """Columns from `Name|Ready|Status`, then those only `-o wide` shows.

    `types` name the columns that are not strings, spaces and dashes as underscores.
    """

    def typed(name: str) -> str:
        return types.get(name.replace(" ", "_").replace("-", "_").lower(), "string")

    narrow = [Column(name, typed(name), "", 0) for name in text.split("|")]
    return (*narrow, *(Column(name, typed(name), "", 1) for name in wide.split("|") if name))


def name_of(obj: Object) -> str:
    """metadata.name."""
    return str((obj.get("metadata") or {}).get("name", ""))


def age(obj: Object, now: datetime) -> str:
    """The AGE cell."""
    return since((obj.get("metadata") or {}).get("creationTimestamp"), now)


def format_labels(labels: dict[str, str] | None) -> str:
    """`a=b,c=d` sorted, `<none>` for no labels."""
    if not labels:
        return NONE
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels))


def containers_of(template: Object) -> tuple[str, str]:
    """Names and images of a pod template's containers, comma-separated."""
    containers = ((template or {}).get("spec") or {}).get("containers") or []
    names = ",".join(str(item.get("name", "")) for item in containers)
    return names, ",".join(str(item.get("image", "")) for item in containers)


def _plain_cells(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), (obj.get("metadata") or {}).get("creationTimestamp")]


PLAIN = Printer(columns("Name|Created At", created_at="date"), _plain_cells, null_when_empty=True)


def _custom_printer(row: Resource) -> Printer:
    declared = row.columns or (Column("Age", "date", ".metadata.creationTimestamp"),)

    def cells(obj: Object, now: datetime) -> Cells:
        values = [(column, field_at(obj, column.path)) for column in declared]
        return [
            name_of(obj),
            *(
                since(str(value), now) if column.type == "date" and value else value
                for column, value in values
            ),
        ]

    return Printer((Column("Name", "string", ""), *declared), cells)


def printer_for(row: Resource, printers: dict[str, Printer], builtin: bool) -> Printer:
    """The printer of a row: its own, a custom resource's declared columns, or the plain one."""
    found = printers.get(row.key)
    if found is not None:
        return found
    return PLAIN if builtin else _custom_printer(row)


def column_definitions(printer: Printer) -> list[Object]:
    """The columnDefinitions of a Table; descriptions are left empty, no client shows them."""
    return [
        {
            "name": column.name,
            "type": column.type,
            "format": "name" if column.name == "Name" else "",
            "description": "",
            "priority": column.priority,
        }
        for column in printer.columns
    ]


def table(
    printer: Printer,
    objects: Sequence[Object],
    metadata: Object,
    *,
    now: datetime,
    version: str,
    include: str,
    full: Callable[[Object], Object],
    headers: bool = True,
) -> Object:
    """A meta.k8s.io Table of objects whose times are already moved.

    `include` is the request's includeObject: `Metadata` (default), `Object` or `None`; `full` makes
    the whole object of a row.
    """
    rows: list[Object] = []
    for obj in objects:
        row: Object = {"cells": printer.cells(obj, now)}
        if printer.conditions is not None and (conditions := printer.conditions(obj)):
            row["conditions"] = conditions
        if include == "Object":
            row["object"] = full(obj)
        else:
            row["object"] = partial(obj, version) if include == "Metadata" else None
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": metadata,
        "columnDefinitions": column_definitions(printer) if headers else None,
        "rows": rows or (None if printer.null_when_empty else []),
    }


def partial(obj: Object, version: str = "v1") -> Object:
    """The PartialObjectMetadata of an object."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": obj.get("metadata") or {},
    }
