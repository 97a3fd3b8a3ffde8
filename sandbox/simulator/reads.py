"""GET of one object or a collection: selection, pages, and the form the client asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.simulator import accept
from sandbox.simulator.errors import bad_request, not_acceptable, object_not_found
from sandbox.simulator.http import Request, Response, json_response
from sandbox.simulator.pages import page
from sandbox.simulator.paths import Target
from sandbox.simulator.printers import find_printer
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Store
from sandbox.simulator.table import partial, table
from sandbox.simulator.timeshift import TimeShift
from sandbox.simulator.views import as_version

Object = dict[str, Any]

PARTIAL, PARTIAL_LIST, TABLE = "PartialObjectMetadata", "PartialObjectMetadataList", "Table"
OFFERED = "application/json"


class Form(NamedTuple):
    """The shape of an answer: plain objects, metadata only, or a Table."""

    wanted: accept.Wanted
    include: str
    """includeObject of a Table: `Metadata`, `Object` or `None`."""

    @classmethod
    def of(cls, request: Request, *kinds: str) -> Form:
        """The form a request asks for. Raises ApiFailure 406."""
        wanted = accept.choose(request.accept, (*kinds, TABLE))
        if wanted is None:
            raise not_acceptable(OFFERED)
        include = request.query.get("includeObject", "")
        if include not in ("", "Metadata", "Object", "None"):
            text = f'Invalid value: "{include}": must be one of: None, Metadata, Object'
            raise bad_request(f"includeObject: {text}")
        return cls(wanted, include or "Metadata")


def render(shift: TimeShift, row: Resource, obj: Object) -> Object:
    """A stored object as a client of this version sees it, times moved."""
    return as_version(shift.render(obj), row)


def get_response(store: Store, shift: TimeShift, target: Target, request: Request) -> Response:
    """One object. Raises ApiFailure 404."""
    row, name = target.row, target.name or ""
    obj = store.get(row.key, target.namespace, name)
    if obj is None:
        raise object_not_found(row, name)
    return one_response(200, shift, row, obj, Form.of(request, PARTIAL))


def one_response(status: int, shift: TimeShift, row: Resource, obj: Object, form: Form) -> Response:
    """One object in the form that its client asked for."""
    shown = shift.render(obj)
    if form.wanted.as_kind == PARTIAL:
        return json_response(status, partial(shown, form.wanted.version), warning=row.warning)
    if form.wanted.as_kind == TABLE:
        version = {"resourceVersion": str((obj.get("metadata") or {}).get("resourceVersion", ""))}
        body = as_table(row, [shown], version, shift, form)
        return json_response(status, body, warning=row.warning)
    return json_response(status, as_version(shown, row), warning=row.warning)


def list_response(store: Store, shift: TimeShift, target: Target, request: Request) -> Response:
    """A collection, selected and paged."""
    row = target.row
    form = Form.of(request, PARTIAL_LIST)
    shown_page = page(store, target, request)
    shown, metadata = [shift.render(obj) for obj in shown_page.objects], shown_page.metadata
    if form.wanted.as_kind == TABLE:
        return json_response(200, as_table(row, shown, metadata, shift, form), warning=row.warning)
    if form.wanted.as_kind == PARTIAL_LIST:
        body: Object = {
            "kind": PARTIAL_LIST,
            "apiVersion": f"meta.k8s.io/{form.wanted.version}",
            "metadata": metadata,
            "items": [partial(obj, form.wanted.version) for obj in shown],
        }
        return json_response(200, body, warning=row.warning)
    items = [_list_item(as_version(obj, row)) for obj in shown]
    body = {
        "kind": f"{row.kind}List",
        "apiVersion": row.api_version,
        "metadata": metadata,
        "items": items,
    }
    return json_response(200, body, warning=row.warning)


def as_table(
    row: Resource,
    shown: list[Object],
    metadata: Object,
    shift: TimeShift,
    form: Form,
    *,
    headers: bool = True,
) -> Object:
    """A Table of stored objects whose times are moved already."""
    return table(
        find_printer(row),
        shown,
        metadata,
        now=shift.now(),
        version=form.wanted.version,
        include=form.include,
        full=lambda obj: as_version(obj, row),
        headers=headers,
    )


def _list_item(obj: Object) -> Object:
    """Items of a typed list carry no kind and apiVersion of their own."""
    return {field: value for field, value in obj.items() if field not in ("kind", "apiVersion")}
