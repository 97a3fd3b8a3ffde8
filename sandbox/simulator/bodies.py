"""Request bodies: JSON, YAML or Kubernetes protobuf, decoded to one object."""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

from sandbox.simulator import protobuf
from sandbox.simulator.errors import ApiFailure, bad_request, too_large
from sandbox.simulator.http import Request
from tools.manifest.load import ManifestError, load_all

LIMIT = 3 << 20
"""Bytes; the real server's limit."""
YAML_LIMIT = 256 * 1024
"""Bytes of YAML, which is read in Python; a server would keep everybody waiting with more."""
MAX_DEPTH = 120
"""Deepest nesting. Go's decoder takes 10,000, but no object of any kind comes near to either."""

_SUPPORTED = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_PROTOBUF = "application/vnd.kubernetes.protobuf"


class Body(NamedTuple):
    """What a request carries."""

    obj: dict[str, Any]
    """The object."""
    repeated: tuple[str, ...] = ()
    """Paths of fields that were there twice; the last one counts."""


def decode(request: Request) -> dict[str, Any]:
    """The object in a request's body. Raises ApiFailure 400 or 415."""
    return read(request).obj


def read(request: Request) -> Body:
    """The object in a request's body, and what was odd about it. Raises ApiFailure 400 or 415."""
    media = media_type(request)
    if media == _PROTOBUF:
        try:
            return Body(protobuf.decode(request.body))
        except protobuf.WireError as error:
            raise bad_request(str(error)) from error
        except RecursionError as error:
            raise bad_request("exceeded max depth") from error
    if media in ("application/json", ""):
        return _object(*parse_json(request.body))
    if media == "application/yaml":
        return _object(parse_yaml(request.body), ())
    known = ", ".join(_SUPPORTED)
    raise unsupported_media(f"the body of the request was in an unknown format - {known}")


def media_type(request: Request) -> str:
    """The Content-Type without parameters, JSON when there is none."""
    given = request.headers.get("content-type", "application/json")
    return given.partition(";")[0].strip().lower()


def unsupported_media(message: str) -> ApiFailure:
    """415. The server lists what it takes after a dash."""
    text = message.replace(" - ", " - accepted media types include: ", 1)
    return ApiFailure(415, "UnsupportedMediaType", text)


def parse_json(body: bytes) -> tuple[Any, tuple[str, ...]]:
    """A JSON document and the paths of repeated fields. Raises ApiFailure 400."""
    twice: dict[int, list[str]] = {}
    kept: list[dict[str, Any]] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            keys = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
            twice[id(found)] = keys
            kept.append(found)  # so that its id stays its own
        return found

    try:
        value = json.loads(
            body, object_pairs_hook=mapping, parse_constant=_refuse, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from error
    _check_depth(value)
    return value, tuple(_repeated(value, twice, "")) if twice else ()


def parse_yaml(body: bytes) -> Any:
    """A YAML document as JSON has it. Raises ApiFailure 400 and 413."""
    if len(body) > YAML_LIMIT:
        raise too_large()
    try:
        documents = load_all(body.decode(), max_bytes=YAML_LIMIT)
    except (ManifestError, UnicodeDecodeError) as error:
        raise bad_request(f"error converting YAML to JSON: yaml: {error}") from error
    return documents[0].value if documents else None


def _object(value: Any, repeated: tuple[str, ...]) -> Body:
    if not isinstance(value, dict):
        raise bad_request("the object provided is unrecognized (must be of type JSON object)")
    return Body(value, repeated)


def _check_depth(value: Any) -> None:
    todo = [(value, 0)]
    while todo:
        item, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise bad_request("couldn't get version/kind; json parse error: exceeded max depth")
        if isinstance(item, dict):
            todo.extend((inner, depth + 1) for inner in item.values())
        elif isinstance(item, list):
            todo.extend((inner, depth + 1) for inner in item)


def _repeated(value: Any, twice: dict[int, list[str]], path: str) -> list[str]:
    if isinstance(value, list):
        return [
            found
            for index, item in enumerate(value)
            for found in _repeated(item, twice, f"{path}[{index}]")
        ]
    if not isinstance(value, dict):
        return []
    own = [f"{path}.{key}".lstrip(".") for key in twice.get(id(value), [])]
    inner = [
        found
        for key, item in value.items()
        for found in _repeated(item, twice, f"{path}.{key}".lstrip("."))
    ]
    return own + inner


def _refuse(text: str) -> Any:
    raise ValueError(f"invalid character '{text[0]}' looking for beginning of value")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"cannot unmarshal number {text} into a float64")
    return number
