"""Request bodies: JSON, YAML or Kubernetes protobuf, decoded to one object."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple

from sandbox.simulator import protobuf
from sandbox.simulator.errors import ApiFailure, bad_request, too_large
from sandbox.simulator.http import Request
from sandbox.simulator.patching.body import configuration, go_words
from sandbox.simulator.resources import Resource
from sandbox.simulator.validation import strict
from sandbox.simulator.validation.decode import SHOWN

LIMIT = 3 << 20
"""Bytes; the real server's limit."""
YAML_LIMIT = 256 * 1024
"""Bytes of YAML, which is read in Python; a server would keep everybody waiting with more."""
MAX_DEPTH = 120
"""Deepest nesting. Go's decoder takes 10,000, but no object of any kind comes near to either."""

_JSON, _YAML = "application/json", "application/yaml"
_PROTOBUF = "application/vnd.kubernetes.protobuf"
_SUPPORTED = (_JSON, _YAML, _PROTOBUF)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Body(NamedTuple):
    """What a request carries."""

    obj: dict[str, Any]
    """The object."""
    repeated: tuple[str, ...] = ()
    """Paths of fields that were there twice; the last one counts."""


def decode(request: Request, row: Resource) -> dict[str, Any]:
    """The object of a kind in a request's body. Raises ApiFailure 400 or 415."""
    return read(request, row).obj


def read(request: Request, row: Resource) -> Body:
    """The object in a request's body, and what was odd about it. Raises ApiFailure 400 or 415."""
    media = media_type(request)
    if media == _PROTOBUF:
        try:
            return Body(protobuf.decode(request.body))
        except protobuf.WireError as error:
            raise bad_request(str(error)) from error
        except RecursionError as error:
            raise bad_request("exceeded max depth") from error
    if media in (_JSON, ""):
        return _object(row, *parse_json(request.body, row.kind))
    if media == _YAML:
        return _object(row, parse_yaml(request.body), ())
    known = ", ".join(_SUPPORTED)
    raise unsupported_media(f"the body of the request was in an unknown format - {known}")


def media_type(request: Request) -> str:
    """The Content-Type without parameters, JSON when there is none."""
    given = request.headers.get("content-type", _JSON)
    return given.partition(";")[0].strip().lower()


def unsupported_media(message: str) -> ApiFailure:
    """415. The server lists what it takes after a dash."""
    text = message.replace(" - ", " - accepted media types include: ", 1)
    return ApiFailure(415, "UnsupportedMediaType", text)


def parse_json(body: bytes, kind: str) -> tuple[Any, tuple[str, ...]]:
    """A JSON document and the paths of repeated fields. Raises ApiFailure 400 in Go's words."""
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
            body.decode("utf-8", "replace"),
            object_pairs_hook=mapping,
            parse_constant=_refuse,
            parse_float=_finite,
        )
        _check_values(value)
    except (ValueError, RecursionError) as error:
        why = go_words(error) if isinstance(error, json.JSONDecodeError) else str(error)
        why = "exceeded max depth" if isinstance(error, RecursionError) else why
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get "
            f"version/kind; json parse error: {why} ({_summary(body)})"
        ) from error
    repeated = tuple(_repeated(value, twice, "")) if twice else ()
    return scrubbed(value, body), repeated


def scrubbed(value: Any, body: bytes) -> Any:
    """A value of a body without halves of surrogate pairs, which Go reads as U+FFFD."""
    return _scrub(value) if _SURROGATE.search(body) else value


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_scrub(key): _scrub(inner) for key, inner in value.items()}
    return [_scrub(item) for item in value] if isinstance(value, list) else value


def parse_yaml(body: bytes) -> Any:
    """A YAML document as JSON has it. Raises ApiFailure 400 and 413."""
    if len(body) > YAML_LIMIT:
        raise too_large()
    try:
        value = configuration(body)
        _check_values(value)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"error converting YAML to JSON: {error}") from error
    return scrubbed(value, body)


def _object(row: Resource, value: Any, repeated: tuple[str, ...]) -> Body:
    if not isinstance(value, dict):
        strict(row, value, "Ignore")  # says what it is instead of an object
        raise bad_request(f"the object provided is unrecognized (must be of type {row.kind})")
    return Body(value, repeated)


def _check_values(value: Any) -> None:
    """Raises ValueError for nesting and numbers that would not come out again as JSON."""
    todo = [(value, 0)]
    while todo:
        item, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise ValueError("exceeded max depth")
        if isinstance(item, float) and not math.isfinite(item):
            raise ValueError(f"json: unsupported value: {item}")
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


def _summary(body: bytes) -> str:
    """The start of a body as errors show it (summarizeData of the API server's handlers)."""
    if not body:
        return "<empty>"
    head = body[:SHOWN]
    text = head.decode("utf-8", "replace") if body[:1] == b"{" else head.hex()
    return f"{text} ..." if len(body) > SHOWN else text


def _refuse(text: str) -> Any:
    raise ValueError(f"invalid character '{text[0]}' looking for beginning of value")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"cannot unmarshal number {text} into a float64")
    return number
