"""GET of one object or a collection: selection, pages, and the form the client asked for."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from sandbox.simulator import accept
from sandbox.simulator.errors import bad_request, not_acceptable, object_not_found
from sandbox.simulator.http import Request, Response, json_response
from sandbox.simulator.paths import Target
from sandbox.simulator.printers import find_printer
from sandbox.simulator.resources import Resource
from sandbox.simulator.selection import select
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


class Page(NamedTuple):
    """One page of a list."""

    objects: list[Object]
    metadata: Object


def render(shift: TimeShift, row: Resource, obj: Object) -> Object:
    """A stored object as a client of this version sees it, times moved."""
    return as_version(shift.render(obj), row)


def get_response(store: Store, shift: TimeShift, target: Target, request: Request) -> Response:
    """One object. Raises ApiFailure 404."""
    row, name = target.row, target.name or ""
    obj = store.get(row.key, target.namespace, name)
    if obj is None:
        raise object_not_found(row, name)
    form = Form.of(request, PARTIAL)
    shown = shift.render(obj)
    if form.wanted.as_kind == PARTIAL:
        return json_response(200, partial(shown, form.wanted.version), warning=row.warning)
    if form.wanted.as_kind == TABLE:
        version = {"resourceVersion": str((obj.get("metadata") or {}).get("resourceVersion", ""))}
        body = as_table(row, [shown], version, shift, form)
        return json_response(200, body, warning=row.warning)
    return json_response(200, as_version(shown, row), warning=row.warning)


def list_response(store: Store, shift: TimeShift, target: Target, request: Request) -> Response:
    """A collection, selected and paged."""
    row = target.row
    form = Form.of(request, PARTIAL_LIST)
    _check_version(request)
    page = _page(store, target, request)
    shown = [shift.render(obj) for obj in page.objects]
    if form.wanted.as_kind == TABLE:
        return json_response(
            200, as_table(row, shown, page.metadata, shift, form), warning=row.warning
        )
    if form.wanted.as_kind == PARTIAL_LIST:
        body: Object = {
            "kind": PARTIAL_LIST,
            "apiVersion": f"meta.k8s.io/{form.wanted.version}",
            "metadata": page.metadata,
            "items": [partial(obj, form.wanted.version) for obj in shown],
        }
        return json_response(200, body, warning=row.warning)
    items = [_list_item(as_version(obj, row)) for obj in shown]
    body = {
        "kind": f"{row.kind}List",
        "apiVersion": row.api_version,
        "metadata": page.metadata,
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


def _check_version(request: Request) -> None:
    text = request.query.get("resourceVersion", "")
    if text and not (text.isascii() and text.isdigit()):
        reason = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise bad_request(f'resourceVersion: Invalid value: "{text}": {reason}')


def _page(store: Store, target: Target, request: Request) -> Page:
    row = target.row
    selection = select(
        row, request.query.get("labelSelector", ""), request.query.get("fieldSelector", "")
    )
    if target.name is not None:
        selection = selection.only(target.name)
    version = store.version
    objects = store.list(row.key, target.namespace)
    if selection:
        objects = [obj for obj in objects if selection.matches(obj)]
    metadata: Object = {"resourceVersion": str(version)}
    token, limit = request.query.get("continue", ""), request.integer("limit") or 0
    if token:
        version, start = _decode_token(token)
        metadata["resourceVersion"] = str(version)
        objects = [obj for obj in objects if _place(obj) > start]
    if limit and len(objects) > limit:
        metadata["continue"] = _encode_token(version, _place(objects[limit - 1]))
        if not selection:
            metadata["remainingItemCount"] = len(objects) - limit
        objects = objects[:limit]
    return Page(objects, metadata)


def _place(obj: Object) -> tuple[str, str]:
    meta = obj.get("metadata") or {}
    return str(meta.get("namespace", "")), str(meta.get("name", ""))


def _encode_token(version: int, place: tuple[str, str]) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": place})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode_token(token: str) -> tuple[int, tuple[str, str]]:
    try:
        raw = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, name = raw["start"]
        return int(raw["rv"]), (str(namespace), str(name))
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise bad_request(f"continue key is not valid: {type(error).__name__}") from error
