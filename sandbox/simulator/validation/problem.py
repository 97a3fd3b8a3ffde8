"""Problem: one complaint about one field, and the 422 that carries all of them.

The words are those of k8s.io/apimachinery/pkg/util/validation/field/errors.go and
pkg/api/errors.NewInvalid.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.resources import Resource


class Problem(NamedTuple):
    """A metav1.StatusCause."""

    field: str
    """Path as the server writes it: `spec.template.spec.containers[0].name`."""
    reason: str
    """`FieldValueInvalid`, `FieldValueRequired`..."""
    message: str
    """Text without the field: `Required value`."""

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def required(field: str, detail: str = "") -> Problem:
    """A field that must be set."""
    return Problem(field, "FieldValueRequired", _with("Required value", detail))


def bad(field: str, value: object, detail: str) -> Problem:
    """A value of the wrong form; `value` is shown as Go would print it."""
    return Problem(field, "FieldValueInvalid", _with(f"Invalid value: {shown(value)}", detail))


def unsupported(field: str, value: object, supported: Iterable[str]) -> Problem:
    """A value outside a closed set, listed in the order given (a set alphabetically)."""
    if isinstance(supported, set | frozenset):
        supported = sorted(supported)
    words = ", ".join(json.dumps(word) for word in supported)
    message = _with(f"Unsupported value: {shown(value)}", f"supported values: {words}")
    return Problem(field, "FieldValueNotSupported", message)


def duplicate(field: str, value: object) -> Problem:
    """A value that must be unique in its list."""
    return Problem(field, "FieldValueDuplicate", f"Duplicate value: {shown(value)}")


def not_found(field: str, value: object) -> Problem:
    """A reference inside the object to nothing."""
    return Problem(field, "FieldValueNotFound", f"Not found: {shown(value)}")


def forbidden(field: str, detail: str) -> Problem:
    """A field that must not be set, or not changed."""
    return Problem(field, "FieldValueForbidden", _with("Forbidden", detail))


def too_long(field: str, most: int) -> Problem:
    """Text of more than `most` bytes."""
    message = f"Too long: may not be more than {most} bytes"
    return Problem(field, "FieldValueTooLong", message)


def too_many(field: str, count: int, most: int) -> Problem:
    """A list of more than `most` entries."""
    message = f"Too many: {count}: must have at most {most} items"
    return Problem(field, "FieldValueTooMany", message)


def wrong_type(field: str, value: object, detail: str) -> Problem:
    """A custom resource's value of another JSON type than its schema has."""
    message = _with(f"Invalid value: {shown(value)}", detail)
    return Problem(field, "FieldValueTypeInvalid", message)


def shown(value: object) -> str:
    """A value as field.Error prints it: strings quoted, numbers and JSON as they are."""
    if value is None:
        return "null"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def _with(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text


def invalid(row: Resource, name: str, problems: Sequence[Problem]) -> ApiFailure:
    """The 422 for an object of this kind. `problems` must not be empty."""
    return refused(row.kind, row.group, name, problems)


def refused(kind: str, group: str, name: str, problems: Sequence[Problem]) -> ApiFailure:
    """The 422 for something of this kind that need not be an object. `problems` must not be empty."""
    subject = f"{kind}.{group}" if group else kind
    texts = list(dict.fromkeys(str(problem) for problem in problems))
    # an Aggregate of one prints bare, of more in brackets, each text once
    listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    causes = [
        {"reason": problem.reason, "message": problem.message, "field": problem.field}
        for problem in problems
    ]
    details: dict[str, Any] = {"name": name, "group": group, "kind": kind}
    details = {key: value for key, value in details.items() if value}
    return ApiFailure(
        422, "Invalid", f'{subject} "{name}" is invalid: {listed}', {**details, "causes": causes}
    )
