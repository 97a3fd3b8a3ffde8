"""converted: a strategically merged object as its Go type, with that converter's own errors.

A strategic merge patch never passes the JSON decoder: the server merges maps and then fills its Go
struct from the map (apimachinery's runtime/converter.go), which words mistakes otherwise.
"""

from __future__ import annotations

from typing import Any

from sandbox.simulator.patching.gotext import go
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object
from sandbox.simulator.validation import gotypes
from sandbox.simulator.validation.decode import Decoded, Mode
from sandbox.simulator.validation.gotypes import GoType
from sandbox.simulator.validation.problem import Problem, invalid
from sandbox.simulator.validation.reader import Reader, StopError

_SIMPLE: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "bool": (bool,),
    "int32": (int,),
    "int64": (int,),
    "float64": (int, float),
}
_NUMBERS = frozenset({"int32", "int64", "float64"})
_REQUEST = Resource("", "", "", "", "")
"""The server names neither kind nor object in this failure."""


class Converter(Reader):
    """Reads as Go's converter does: the first wrong type ends it."""

    def value(self, value: Any, kind: GoType, path: str, struct: str) -> Any:
        """The value as this type. Raises StopError."""
        shape = kind.shape
        if shape in _SIMPLE and not _fits(value, shape):
            raise StopError(_simple_error(value, kind))
        if shape in ("list", "map") and not isinstance(value, list if shape == "list" else dict):
            go_kind = "slice" if shape == "list" else "map"
            raise StopError(f"cannot restore {go_kind} from {_kind(value)}")
        if shape == "struct" and not isinstance(value, dict):
            raise StopError(f"cannot restore struct from: {_kind(value)}")
        if isinstance(value, float) and shape in ("int32", "int64"):
            value = int(value)
        return super().value(value, kind, path, struct)


def converted(row: Resource, merged: Object, patch: Object, mode: Mode) -> Decoded:
    """The merged object as its kind. Raises ApiFailure 422 that shows the patch.

    Only for built-in kinds: custom resources have no strategic merge.
    """
    converter = Converter()
    kind = gotypes.type_of(row.group, row.version, row.kind)
    if kind is None:
        raise ValueError(f"{row.kind} has no Go type")
    try:
        obj = converter.struct(merged, kind, "")
    except StopError as error:
        raise _refused(patch, str(error)) from error
    unknown = list(converter.unknown)
    if unknown and mode == "Strict":
        raise _refused(patch, f"strict decoding error: {', '.join(unknown)}")
    obj = {"apiVersion": row.api_version, "kind": row.kind, **obj}
    return Decoded(obj, unknown if mode == "Warn" else [])


def _refused(patch: Object, why: str) -> Exception:
    said = f'Invalid value: "{go(patch)}": {why}'
    return invalid(_REQUEST, "", [Problem("patch", "FieldValueInvalid", said)])


def _fits(value: Any, shape: str) -> bool:
    if isinstance(value, bool):
        return shape == "bool"
    if isinstance(value, float) and shape in ("int32", "int64"):
        return value.is_integer()
    return isinstance(value, _SIMPLE[shape])


def _simple_error(value: Any, kind: GoType) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    # Go converts numbers into strings and into each other; JSON must not
    if number and kind.shape in (*_NUMBERS, "string"):
        return f"cannot convert {_kind(value)} to {kind.name}"
    return f"unrecognized type: {kind.shape}"


def _kind(value: Any) -> str:
    """Go's kind of a JSON value inside a map."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int64"
    if isinstance(value, float):
        return "float64"
    if isinstance(value, str):
        return "string"
    return "slice" if isinstance(value, list) else "map"
