"""Custom resources by the openAPIV3Schema of their definition, in the server's words.

After k8s.io/kube-openapi/pkg/validation and the CEL validator of apiextensions. Not covered: CEL
functions beyond strings and optionals (rules that use them are passed over), and cost limits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

from sandbox.cel import ExpressionError, evaluate
from sandbox.simulator.validation.fields import Json, integer, mapping, text
from sandbox.simulator.validation.problem import (
    Problem,
    bad,
    forbidden,
    required,
    too_long,
    too_many,
    unsupported,
    wrong_type,
)
from sandbox.simulator.validation.reader import json_type

_MISSING = object()


def custom(obj: Json, schema: Json, old: Json | None) -> Iterator[Problem]:
    """Every problem of a custom resource; `old` is for transition rules."""
    plain = {key: value for key, value in obj.items() if key != "metadata"}
    found = list(_value(plain, schema, ""))
    yield from found
    if not found:  # the server asks CEL only about well-formed objects
        yield from _rules(obj, _MISSING if old is None else old, schema, "")


def _value(value: Any, schema: Json, path: str) -> Iterator[Problem]:
    if value is None and schema.get("nullable"):
        return
    kind = text(schema, "type")
    if schema.get("x-kubernetes-int-or-string"):
        if not isinstance(value, str) and integer(value) is None:
            yield _type(path, value, "integer,string")
            return
    elif kind and not _is(value, kind):
        yield _type(path, value, kind)
        return
    enum = schema.get("enum")
    if isinstance(enum, list) and value not in enum:
        yield unsupported(path, value, [str(word) for word in enum])
    if isinstance(value, dict):
        yield from _object(value, schema, path)
    elif isinstance(value, list):
        yield from _array(value, schema, path)
    elif isinstance(value, str):
        yield from _text(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(value, schema, path)
    yield from _combined(value, schema, path)


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return integer(value) is not None or (isinstance(value, float) and value.is_integer())
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    types: dict[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool}
    return kind not in types or isinstance(value, types[kind])


def _named(value: Any) -> str:
    """The JSON schema name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, int) and not isinstance(value, bool):
        return "integer"
    name = json_type(value)
    return "boolean" if name == "bool" else name


def _type(path: str, value: Any, kind: str) -> Problem:
    found = _named(value)
    said = f"{path} in body must be of type {kind}: {json.dumps(found)}"
    return wrong_type(path, found, said)


def _object(value: Json, schema: Json, path: str) -> Iterator[Problem]:
    prefix = f"{path}." if path else ""
    needed = schema.get("required")
    for key in needed if isinstance(needed, list) else []:
        if isinstance(key, str) and key not in value:
            yield required(f"{prefix}{key}")
    fields, extra = mapping(schema, "properties"), schema.get("additionalProperties")
    for key, child in value.items():
        part = fields.get(key, extra)
        if isinstance(part, dict):
            yield from _value(child, part, f"{prefix}{key}")
    least, most = integer(schema.get("minProperties")), integer(schema.get("maxProperties"))
    if least is not None and len(value) < least:
        yield bad(path, value, f"{path} in body should have at least {least} properties")
    if most is not None and len(value) > most:
        yield too_many(path, len(value), most)


def _array(value: list[Any], schema: Json, path: str) -> Iterator[Problem]:
    items = schema.get("items")
    if isinstance(items, dict):
        for index, item in enumerate(value):
            yield from _value(item, items, f"{path}[{index}]")
    least, most = integer(schema.get("minItems")), integer(schema.get("maxItems"))
    if least is not None and len(value) < least:
        yield bad(path, len(value), f"{path} in body should have at least {least} items")
    if most is not None and len(value) > most:
        yield too_many(path, len(value), most)
    keys = schema.get("x-kubernetes-list-map-keys")
    kind = schema.get("x-kubernetes-list-type")
    seen: list[Any] = []
    for index, item in enumerate(value if kind in ("map", "set") else []):
        mark = {key: mapping(item).get(key) for key in keys or []} if kind == "map" else item
        if mark in seen:
            yield Problem(
                f"{path}[{index}]",
                "FieldValueDuplicate",
                f"Duplicate value: {json.dumps(mark, separators=(',', ':'))}",
            )
        seen.append(mark)


def _text(value: str, schema: Json, path: str) -> Iterator[Problem]:
    least, most = integer(schema.get("minLength")), integer(schema.get("maxLength"))
    if least is not None and len(value) < least:
        yield bad(path, value, f"{path} in body should be at least {least} chars long")
    if most is not None and len(value) > most:
        yield too_long(path, most)
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not _matches(pattern, value):
        yield bad(path, value, f"{path} in body should match '{pattern}'")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    """The pattern in Go's syntax, whose engine needs linear time; None when it is not one."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    text = value.encode("utf-8", "replace").decode()  # halves of surrogate pairs
    return compiled is None or compiled.search(text) is not None


def _number(value: float, schema: Json, path: str) -> Iterator[Problem]:
    least, most, step = (schema.get(key) for key in ("minimum", "maximum", "multipleOf"))
    if isinstance(least, int | float):
        open_end = schema.get("exclusiveMinimum") is True
        if value < least or (open_end and value == least):
            words = "greater than" if open_end else "greater than or equal to"
            yield bad(path, value, f"{path} in body should be {words} {_plain(least)}")
    if isinstance(most, int | float):
        open_end = schema.get("exclusiveMaximum") is True
        if value > most or (open_end and value == most):
            words = "less than" if open_end else "less than or equal to"
            yield bad(path, value, f"{path} in body should be {words} {_plain(most)}")
    if isinstance(step, int | float) and step and value % step:
        yield bad(path, value, f"{path} in body should be a multiple of {_plain(step)}")


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


def _combined(value: Any, schema: Json, path: str) -> Iterator[Problem]:
    for key, words in (
        ("allOf", "must validate all the schemas (allOf)"),
        ("anyOf", "must validate at least one schema (anyOf)"),
        ("oneOf", "must validate one and only one schema (oneOf)"),
    ):
        parts = schema.get(key)
        if not isinstance(parts, list) or not parts:
            continue
        fine = [not list(_value(value, part, path)) for part in parts if isinstance(part, dict)]
        good = sum(fine)
        wanted = {"allOf": good == len(fine), "anyOf": good > 0, "oneOf": good == 1}
        if not wanted[key]:
            tail = {"oneOf": f". Found {good or 'none'} valid"}.get(key, "")
            yield bad(path, "" if good else None, f'"{path}" {words}{tail}')
    refused = schema.get("not")
    if isinstance(refused, dict) and not list(_value(value, refused, path)):
        yield bad(path, "", f'"{path}" must not validate the schema (not)')


def _rules(value: Any, old: Any, schema: Json, path: str) -> Iterator[Problem]:
    """x-kubernetes-validations of a value and what is below it."""
    rules = schema.get("x-kubernetes-validations")
    for rule in rules if isinstance(rules, list) else []:
        if isinstance(rule, dict):
            yield from _rule(value, old, rule, schema, path)
    if isinstance(value, dict):
        prefix = f"{path}." if path else ""
        fields, extra = mapping(schema, "properties"), schema.get("additionalProperties")
        for key, child in value.items():
            part = fields.get(key, extra)
            if isinstance(part, dict):
                before = old.get(key, _MISSING) if isinstance(old, dict) else _MISSING
                yield from _rules(child, before, part, f"{prefix}{key}")
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, child in enumerate(value):
            yield from _rules(child, _MISSING, schema["items"], f"{path}[{index}]")


def _rule(value: Any, old: Any, rule: Json, schema: Json, path: str) -> Iterator[Problem]:
    expression = text(rule, "rule")
    data = {"self": value}
    if re.search(r"\boldSelf\b", expression):
        if old is _MISSING:
            return  # a transition rule needs something to come from
        data["oldSelf"] = old
    try:
        if evaluate(expression, data) is not False:
            return
        said = (
            evaluate(text(rule, "messageExpression"), data) if rule.get("messageExpression") else ""
        )
    except ExpressionError:
        return
    message = said if isinstance(said, str) and said else text(rule, "message").strip()
    message = message or f"failed rule: {expression}"
    field = f"{path}{rule['fieldPath']}".lstrip(".") if text(rule, "fieldPath") else path
    reason = text(rule, "reason")
    if reason == "FieldValueForbidden":
        yield forbidden(field, message)
    elif reason == "FieldValueRequired":
        yield required(field, message)
    else:
        yield bad(field or "<nil>", text(schema, "type") or "object", message)
