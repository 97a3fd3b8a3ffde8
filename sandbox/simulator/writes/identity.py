"""Who an object is: its name and namespace against the path, and the metadata that servers own."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.naming import SAFE, rng
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object
from sandbox.simulator.validation.problem import invalid, required

SUFFIX_LENGTH = 5
MAX_PREFIX = 58
"""Characters of generateName that are kept, so that names stay within 63."""

_OWNED = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")
_GONE = ("selfLink", "clusterName", "generation", "managedFields", "resourceVersion")


def created(engine: Engine, row: Resource, namespace: str | None, body: Object) -> Object:
    """A copy of a new object under its name, without metadata that only servers set.

    Raises ApiFailure 400 and 422.
    """
    meta = _placed(row, namespace, body)
    if str(meta.get("resourceVersion") or "0") != "0":
        # The real server lets this error escape as a 500; the words are its own.
        raise bad_request("resourceVersion should not be set on objects to be created")
    for field in (*_OWNED, *_GONE):
        meta.pop(field, None)
    if not meta.get("name"):
        prefix = meta.get("generateName")
        if not prefix:
            raise invalid(row, "", [required("metadata.name", "name or generateName is required")])
        meta["name"] = generated(engine, row, meta.get("namespace", ""), str(prefix))
    return {**body, "metadata": meta}


def replaced(row: Resource, namespace: str | None, name: str, body: Object, old: Object) -> Object:
    """A copy of an object that takes another's place, with the metadata that stays.

    Raises ApiFailure 400 when it is another object, 409 when the other has moved on.
    """
    meta = _placed(row, namespace, body)
    own = meta.get("name")
    if not own:
        raise bad_request(
            f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )
    if own != name:
        raise bad_request(
            f"the name of the object ({own}) does not match the name on the URL ({name})"
        )
    was = old["metadata"]
    if meta.get("uid") and meta["uid"] != was["uid"]:
        why = f"UID in precondition: {meta['uid']}, UID in object meta: {was['uid']}"
        raise conflict(row, name, f"Precondition failed: {why}")
    version = str(meta.get("resourceVersion") or "")
    if version and version != was["resourceVersion"]:
        raise modified(row, name)
    kept = {field: was[field] for field in _OWNED if field in was}
    dropped = (*_OWNED, "selfLink", "generation")
    meta = {field: value for field, value in meta.items() if field not in dropped}
    if "generation" in was:
        kept["generation"] = was["generation"]
    meta.update(kept, resourceVersion=was["resourceVersion"])
    if "generateName" in was:
        meta.setdefault("generateName", was["generateName"])
    return {**body, "metadata": meta}


def generated(engine: Engine, row: Resource, namespace: str, prefix: str) -> str:
    """A free name with a random suffix, the same for the same seed and history."""
    prefix = prefix[:MAX_PREFIX]
    serial = int(engine.memory.get(_given(row, namespace, prefix), 0))
    while True:
        draw = rng(engine.seed, "generated", row.key, namespace, prefix, serial)
        name = prefix + "".join(draw.choice(SAFE) for _ in range(SUFFIX_LENGTH))
        if engine.store.get(row.key, namespace, name) is None:
            return name
        serial += 1


def remember(engine: Engine, row: Resource, obj: Object) -> None:
    """A generated name that was stored is not given out again: the next draw is another one."""
    meta = obj["metadata"]
    prefix = str(meta.get("generateName") or "")[:MAX_PREFIX]
    if prefix and meta["name"].startswith(prefix):
        given = _given(row, meta.get("namespace", ""), prefix)
        engine.memory[given] = int(engine.memory.get(given, 0)) + 1


def _given(row: Resource, namespace: str, prefix: str) -> tuple[str, ...]:
    """Where the engine remembers how many names of a prefix were given out."""
    return "generated", row.key, namespace, prefix


def conflict(row: Resource, name: str, why: str) -> ApiFailure:
    """A write that lost against another."""
    message = f'Operation cannot be fulfilled on {row.qualified} "{name}": {why}'
    return ApiFailure(409, "Conflict", message, details(row, name))


def modified(row: Resource, name: str) -> ApiFailure:
    """The optimistic lock."""
    return conflict(
        row,
        name,
        "the object has been modified; please apply your changes to the latest version and try again",
    )


def already_exists(row: Resource, name: str) -> ApiFailure:
    """A second object of the same name."""
    message = f'{row.qualified} "{name}" already exists'
    return ApiFailure(409, "AlreadyExists", message, details(row, name))


def details(row: Resource, name: str) -> dict[str, Any]:
    """The details of a Status about one object."""
    found = {"name": name, "group": row.group, "kind": row.plural}
    return {field: value for field, value in found.items() if value}


def _placed(row: Resource, namespace: str | None, body: Object) -> dict[str, Any]:
    meta = dict(body.get("metadata") or {})
    own = meta.get("namespace")
    if not row.namespaced:
        meta.pop("namespace", None)
        return meta
    if own and own != namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    meta["namespace"] = namespace
    return meta
