"""The bodies of PATCH requests: JSON, and YAML for an apply."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar

import yaml  # type: ignore[import-untyped]

from sandbox.simulator.errors import bad_request
from sandbox.simulator.store import Object

MAX_DEPTH = 200
"""Levels of a JSON or YAML body. Go's parser takes 10,000; no object has 50, and walking must end."""

MAX_VALUES = 100_000
"""Of one YAML document with aliases, which can double its size each: Go's parser gives up as well."""

T = TypeVar("T", dict[str, Any], list[Any])

_GO_NAMES = {dict: "map[string]interface {}", list: "jsonpatch.Patch"}


def document(body: bytes, wanted: type[T]) -> T:
    """The JSON object or array of a body. Raises ApiFailure 400 in Go's words."""
    try:
        value = json.loads(body.decode("utf-8", "replace"), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise bad_request(go_words(error)) from error
    except RecursionError as error:
        raise bad_request("exceeded max depth") from error
    limited(value)
    if not isinstance(value, wanted):
        message = f"json: cannot unmarshal {_json_type(value)} into Go value of type "
        raise bad_request(message + _GO_NAMES[wanted])
    return value


def limited(value: Any) -> None:
    """Raises ApiFailure 400 for a value that is nested too deep to walk."""
    level, depth = [value], 0
    while level := [
        inner
        for one in level
        if isinstance(one, dict | list)
        for inner in (one.values() if isinstance(one, dict) else one)
    ]:
        depth += 1
        if depth > MAX_DEPTH:
            raise bad_request("exceeded max depth")


def configuration(body: bytes) -> Object:
    """The object of an apply patch, YAML or JSON. Raises ApiFailure 400."""
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        value = _yaml(body)
    if not isinstance(value, dict):
        raise bad_request(
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot "
            f"unmarshal {_json_type(value)} into Go value of type map[string]interface {{}}"
        )
    return value


def _yaml(body: bytes) -> Any:
    try:
        _check_nesting(body)
        value = yaml.load(body, Loader=_LOADER)  # noqa: S506 - its base is the safe loader
        left = iter(range(MAX_VALUES)) if b"*" in body else None
        return _json_like(value, left)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise bad_request(f"error decoding YAML: {_yaml_words(error)}") from error


def _check_nesting(body: bytes) -> None:
    """Raises ValueError for deep nesting: the C composer recurses, and would overflow its stack."""
    depth = 0
    for event in yaml.parse(body, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("exceeded max depth")


def _json_like(value: Any, left: Iterator[int] | None) -> Any:
    """The value with keys that are text, as YAML becomes JSON; `left` counts the values to come."""
    if left is not None and next(left, None) is None:
        raise ValueError("document contains excessive aliasing")
    if isinstance(value, dict):
        return {_key(key): _json_like(inner, left) for key, inner in value.items()}
    return [_json_like(item, left) for item in value] if isinstance(value, list) else value


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, str | int | float):
        return str(key)
    raise ValueError(f"unsupported map key of type {type(key).__name__}")


class _JsonDates:
    """Dates stay text, as in JSON."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [item for item in items if item[0] != "tag:yaml.org,2002:timestamp"]
        for first, items in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_LOADER = type("_Loader", (_JsonDates, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})


def _no_constant(name: str) -> Any:
    raise json.JSONDecodeError("no constants", name, 0)


def go_words(error: json.JSONDecodeError) -> str:
    """encoding/json's message for a syntax error."""
    rest = error.doc[error.pos :].lstrip(" \t\r\n")
    if not rest or "Unterminated" in error.msg:
        return "unexpected end of JSON input"
    char = "'\\''" if rest[0] == "'" else f"'{rest[0]}'"
    after = {
        "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
        "Illegal trailing comma before end of object": "looking for beginning of object key string",
        "Illegal trailing comma before end of array": "looking for beginning of value",
        "Expecting ':' delimiter": "after object key",
        "Expecting ',' delimiter": "after object key:value pair",
        "Extra data": "after top-level value",
    }
    return f"invalid character {char} {after.get(error.msg, 'looking for beginning of value')}"


def _yaml_words(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    line = f"line {mark.line + 1}: " if mark is not None else ""
    return f"error converting YAML to JSON: yaml: {line}{problem}"


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "string"
