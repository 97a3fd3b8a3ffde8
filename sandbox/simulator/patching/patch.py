"""patched: the body of a PATCH request applied to an object, by its media type."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonpatch
import jsonpointer

from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.patching.body import document
from sandbox.simulator.patching.combine import without_nulls
from sandbox.simulator.patching.merge import merged
from sandbox.simulator.patching.schema import root
from sandbox.simulator.patching.strategic import (
    LISTS_OF_LISTS,
    PatchError,
    strategic,
)
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

MAX_OPERATIONS = 10_000
"""Of one JSON patch; the API server's limit."""

MAX_COPIED = 3 << 20
"""Bytes that the copies of one JSON patch may make; the API server's limit."""

REJECTED = "the server rejected our request due to an error in our request"


def media_types(row: Resource) -> tuple[str, ...]:
    """What a PATCH of this kind may be; custom resources know no strategic merge."""
    if row.custom:
        return JSON_PATCH, MERGE_PATCH, APPLY_PATCH
    return JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH


def media_type(content_type: str, row: Resource) -> str:
    """The media type of a Content-Type header. Raises ApiFailure 415 for one that is not taken."""
    media = content_type.partition(";")[0].strip()
    known = media_types(row)
    if media not in known:
        message = (
            "the body of the request was in an unknown format - accepted media types include: "
            + ", ".join(known)
        )
        raise ApiFailure(415, "UnsupportedMediaType", message)
    return media


def patched(live: Object, body: bytes, content_type: str, row: Resource) -> Object:
    """The object as the patch would have it; the live one is not changed.

    An apply patch is not for here: see `apply.applied`. Raises ApiFailure 400, 413, 415 or 422.
    """
    media = media_type(content_type, row)
    if media == JSON_PATCH:
        return _json_patched(live, document(body, list))
    patch = document(body, dict)
    if media == MERGE_PATCH:
        result: Object = merged(live, patch)
        return result
    return _strategic(live, patch, row)


def _json_patched(live: Object, operations: list[Any]) -> Object:
    if len(operations) > MAX_OPERATIONS:
        message = (
            f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, "
            f"got {len(operations)}"
        )
        raise ApiFailure(413, "RequestEntityTooLarge", message, {})
    for operation in operations:
        if not isinstance(operation, dict):
            kind = "string" if isinstance(operation, str) else "number"
            raise bad_request(
                f"json: cannot unmarshal {kind} into Go value of type jsonpatch.Operation"
            )
    try:
        result: Any = copy.deepcopy(live)
        copied = 0
        for operation in operations:
            if operation.get("op") == "copy":
                copied += _size(result, operation["from"])
            if copied > MAX_COPIED:
                raise _rejected()
            result = jsonpatch.apply_patch(
                result, [_as_go_has_it(result, operation)], in_place=True
            )
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise _rejected() from error
    except (TypeError, AttributeError, KeyError, IndexError, ValueError) as error:
        # Paths through scalars and the like, which the library does not check for.
        raise _rejected() from error
    if not isinstance(result, dict):
        raise _rejected()
    decoded: Object = without_nulls(result)
    return decoded


def _as_go_has_it(document: Any, operation: dict[str, Any]) -> dict[str, Any]:
    """The operation as the server's library understands it.

    It never looks whether a field is there that it replaces (RFC 6902 refuses) or copies (a null).
    """
    op = operation.get("op")
    if op == "replace" and _absent(document, operation["path"]):
        return {**operation, "op": "add"}
    if op == "copy" and _absent(document, operation["from"]):
        return {"op": "add", "path": operation["path"], "value": None}
    return operation


def _size(document: Any, pointer: str) -> int:
    """Bytes of what a pointer names."""
    return len(json.dumps(jsonpointer.resolve_pointer(document, pointer, None)))


def _absent(document: Any, pointer: str) -> bool:
    """Whether the pointer names a field that an object has not."""
    parent, field = jsonpointer.JsonPointer(pointer).to_last(document)
    return isinstance(parent, dict) and field not in parent


def _strategic(live: Object, patch: Object, row: Resource) -> Object:
    try:
        return strategic(live, patch, root(row))
    except PatchError as error:
        text = str(error)
        if text == LISTS_OF_LISTS:
            raise _rejected() from error
        # BAD_RETAIN_KEYS and BAD_ORDER are bad requests on a 1.36 server; for the others it has the
        # same words under a 500 without a reason.
        raise bad_request(text) from error


def _rejected() -> ApiFailure:
    return ApiFailure(422, "Invalid", REJECTED, {})
