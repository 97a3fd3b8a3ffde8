"""Request bodies: JSON, YAML or Kubernetes protobuf, decoded to one object."""

from __future__ import annotations

import json
from typing import Any

from sandbox.simulator import protobuf
from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.http import Request

LIMIT = 3 << 20
"""Bytes; the real server's limit."""

_SUPPORTED = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")


def decode(request: Request) -> dict[str, Any]:
    """The object in a request's body. Raises ApiFailure 400 or 415."""
    media = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if media == "application/vnd.kubernetes.protobuf":
        try:
            return protobuf.decode(request.body)
        except protobuf.WireError as error:
            raise bad_request(str(error)) from error
    if media in ("application/json", ""):
        value = _json(request.body)
    elif media == "application/yaml":
        value = _yaml(request.body)
    else:
        known = ", ".join(_SUPPORTED)
        message = (
            f"the body of the request was in an unknown format - accepted media types "
            f"include: {known}"
        )
        raise ApiFailure(415, "UnsupportedMediaType", message)
    if not isinstance(value, dict):
        raise bad_request("the object provided is unrecognized (must be of type JSON object)")
    return value


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from error


def _yaml(body: bytes) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe").load(body.decode())
    except (YAMLError, ValueError, RecursionError) as error:
        raise bad_request(f"error converting YAML to JSON: {error}") from error
