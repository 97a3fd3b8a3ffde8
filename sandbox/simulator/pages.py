"""Which objects a list shows: at which version of the store, and which page of them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import NamedTuple

from sandbox.simulator.errors import ApiFailure, bad_request, expired
from sandbox.simulator.http import Request
from sandbox.simulator.listoptions import check_list
from sandbox.simulator.paths import Target
from sandbox.simulator.selection import select
from sandbox.simulator.store import Object, Store

NOW = -1
"""Version in a continue token that goes on from whatever is there now."""

_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the first "
    "chunk was returned and now may show up in the list."
)


class Page(NamedTuple):
    """One page of a list."""

    objects: list[Object]
    metadata: Object


def page(store: Store, target: Target, request: Request) -> Page:
    """The objects that a list request asks for. Raises ApiFailure 400, 410, 422 and 504."""
    check_list(request)
    row, query = target.row, request.query
    selection = select(row, query.get("labelSelector", ""), query.get("fieldSelector", ""))
    if target.name is not None:
        selection = selection.only(target.name)
    token, limit = query.get("continue", ""), request.integer("limit") or 0
    start: tuple[str, str] | None = None
    version = _wanted_version(store, request)
    if token:
        if query.get("resourceVersion", "0") != "0":
            raise bad_request("specifying resource version is not allowed when using continue")
        version, start = decode_token(token)
        if version > store.version:
            raise bad_request("continue key is not valid: it is from the future")
    objects = None if version == NOW else objects_at(store, target, version)
    if objects is None and version != NOW:
        if start is None:
            raise expired("The resourceVersion for the provided list is too old.")
        raise ApiFailure(410, "Expired", _TOO_OLD, metadata={"continue": encode_token(NOW, start)})
    if objects is None:
        objects, version = store.list(row.key, target.namespace), store.version
    if selection:
        objects = [obj for obj in objects if selection.matches(obj)]
    metadata: Object = {"resourceVersion": str(version)}
    if start is not None:
        objects = [obj for obj in objects if _place(obj) > start]
    if limit and len(objects) > limit:
        metadata["continue"] = encode_token(version, _place(objects[limit - 1]))
        if not selection:
            metadata["remainingItemCount"] = len(objects) - limit
        objects = objects[:limit]
    return Page(objects, metadata)


def objects_at(store: Store, target: Target, version: int) -> list[Object] | None:
    """The objects of a collection as they were at a version; None when that is forgotten."""
    if version == store.version:
        return store.list(target.row.key, target.namespace)
    changes = store.changes(version, target.row.key)
    if changes is None:
        return None
    found = {_place(obj): obj for obj in store.list(target.row.key, target.namespace)}
    for change in reversed(changes):
        place = _place(change.object)
        if target.namespace and place[0] != target.namespace:
            continue
        if change.previous is None:
            found.pop(place, None)
        else:
            found[place] = change.previous
    return [obj for _, obj in sorted(found.items(), key=lambda item: item[0])]


def encode_token(version: int, place: tuple[str, str]) -> str:
    """A continue token: from which version, behind which object."""
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": place})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_token(token: str) -> tuple[int, tuple[str, str]]:
    """What a continue token says. Raises ApiFailure 400."""
    try:
        raw = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, name = raw["start"]
        version = int(raw["rv"])
    except (
        *(binascii.Error, ValueError, KeyError, TypeError),
        *(RecursionError, OverflowError),
    ) as error:
        raise bad_request(f"continue key is not valid: {type(error).__name__}") from error
    return max(version, NOW), (str(namespace), str(name))


def _wanted_version(store: Store, request: Request) -> int:
    """The version that a list must show, or NOW. Raises ApiFailure 400 and 504."""
    text = request.query.get("resourceVersion", "")
    match = request.query.get("resourceVersionMatch", "")
    if not text:
        return NOW
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        reason = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise bad_request(f'resourceVersion: Invalid value: "{text}": {reason}')
    version = int(text)
    if version > store.version:
        raise _too_large(version, store.version)
    return version if match == "Exact" else NOW


def _too_large(wanted: int, current: int) -> ApiFailure:
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {wanted}, current: {current}"
    return ApiFailure(504, "Timeout", message, {"retryAfterSeconds": 1, "causes": [cause]})


def _place(obj: Object) -> tuple[str, str]:
    meta = obj.get("metadata") or {}
    return str(meta.get("namespace", "")), str(meta.get("name", ""))
