"""Reader: a JSON value as one of the server's Go types, with the errors Go's decoder gives.

After sigs.k8s.io/json: a wrong type is remembered and reading goes on (the first one is reported),
a type with its own UnmarshalJSON (quantities, times) stops at once, unknown fields are collected.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from sandbox.simulator import quantity
from sandbox.simulator.validation import times
from sandbox.simulator.validation.gotypes import GoType
from tools.distil.quantity import QuantityError

MAX_STRICT = 100
"""Unknown fields remembered, as in the server."""
MAX_DEPTH = 10_000
"""Nesting that Go's decoder allows; Python's own stack ends sooner."""

_RANGE = {"int32": 1 << 31, "int64": 1 << 63}
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


class StopError(Exception):
    """A value that ends the reading; the message is the server's."""


class Reader:
    """Reads one object. `problems` and `unknown` are filled while reading."""

    def __init__(self) -> None:
        self.problem: str | None = None
        """First wrong type."""
        self.unknown: dict[str, None] = {}
        """Texts `unknown field "..."`, in order."""
        self._stack: list[str] = []
        """JSON names from the root, without indices."""

    def struct(self, value: dict[str, Any], kind: GoType, path: str) -> dict[str, Any]:
        """The fields that the struct has. Raises StopError."""
        out: dict[str, Any] = {}
        fields = kind.fields
        for key, child in value.items():
            known = fields.get(key)
            if known is None:
                self.strange(f"{path}.{key}" if path else key)
                continue
            if child is None:
                continue  # the zero value, which is not written back
            self._stack.append(key)
            read = self.value(child, known, f"{path}.{key}" if path else key, kind.struct)
            self._stack.pop()
            if read is not None:
                out[key] = read
        return out

    def strange(self, path: str) -> None:
        """Remember an unknown field."""
        if len(self.unknown) < MAX_STRICT:
            self.unknown[f'unknown field "{path}"'] = None

    def value(self, value: Any, kind: GoType, path: str, struct: str) -> Any:
        """The value as this type; None when it is of another. Raises StopError."""
        shape = kind.shape
        if shape == "string":
            return value if isinstance(value, str) else self._wrong(value, kind.name, struct)
        if shape == "struct":
            if isinstance(value, dict):
                return self.struct(value, kind, path)
            return self._wrong(value, kind.name, struct)
        if shape == "list":
            return self._list(value, kind, path, struct)
        if shape == "map":
            return self._map(value, kind, path, struct)
        if shape in _RANGE:
            return self._integer(value, kind.name, struct)
        if shape == "bool":
            return value if isinstance(value, bool) else self._wrong(value, kind.name, struct)
        if shape == "any":
            return value
        return self._scalar(value, shape, kind, struct)

    def _list(self, value: Any, kind: GoType, path: str, struct: str) -> Any:
        if not isinstance(value, list) or kind.item is None:
            return self._wrong(value, kind.name, struct)
        item = kind.item
        return [
            _zero(item) if entry is None else self.value(entry, item, f"{path}[{index}]", struct)
            for index, entry in enumerate(value)
        ]

    def _map(self, value: Any, kind: GoType, path: str, struct: str) -> Any:
        if not isinstance(value, dict) or kind.item is None:
            return self._wrong(value, kind.name, struct)
        item = kind.item
        return {
            key: _zero(item) if entry is None else self.value(entry, item, f"{path}.{key}", struct)
            for key, entry in value.items()
        }

    def _integer(self, value: Any, name: str, struct: str) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            bound = _RANGE.get(name, 1 << 63)
            if -bound <= value < bound:
                return value
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return self._wrong(value, name, struct, f"number {_digits(value)}" if number else "")

    def _scalar(self, value: Any, shape: str, kind: GoType, struct: str) -> Any:
        """The rarer kinds, most of which stop the reading when they cannot be read."""
        if shape == "float64":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return value if number else self._wrong(value, kind.name, struct)
        if shape == "bytes":
            return self._bytes(value, kind, struct)
        if shape == "intorstring":
            if isinstance(value, str):
                return value
            before, self.problem = self.problem, None
            read = self._integer(value, "int32", struct)
            if self.problem is not None:
                raise StopError(self.problem)
            self.problem = before
            return read
        if shape == "quantity":
            try:
                text = value if isinstance(value, str) else _text(value)
                return quantity.canonical(text)
            except QuantityError as error:
                raise StopError(str(error)) from error
        if not isinstance(value, str):
            raise StopError(self._told(value, "string", struct))
        try:
            return times.canonical(value, micro=shape == "microtime")
        except times.TimeError as error:
            raise StopError(str(error)) from error

    def _bytes(self, value: Any, kind: GoType, struct: str) -> Any:
        if not isinstance(value, str):
            return self._wrong(value, kind.name, struct)
        text = value.replace("\n", "").replace("\r", "")
        try:
            base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            if self.problem is None:
                self.problem = f"illegal base64 data at input byte {_base64_stop(text)}"
            return None
        return value

    def _wrong(self, value: Any, name: str, struct: str, said: str = "") -> None:
        if self.problem is None:
            self.problem = self._told(value, name, struct, said)

    def _told(self, value: Any, name: str, struct: str, said: str = "") -> str:
        where = f"{struct}.{'.'.join(self._stack)}"
        return (
            f"json: cannot unmarshal {said or json_type(value)} into Go struct field {where} "
            f"of type {name}"
        )


def json_type(value: Any) -> str:
    """The name that Go's decoder has for the type of a JSON value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object"


def _zero(kind: GoType) -> Any:
    """What a null in a list or map becomes."""
    if kind.shape in ("string", "bytes"):
        return ""
    if kind.shape in ("int32", "int64", "float64", "intorstring"):
        return 0
    if kind.shape == "bool":
        return False
    if kind.shape == "quantity":
        return "0"
    return {} if kind.shape in ("struct", "map") else None


def _digits(value: Any) -> str:
    return repr(value) if isinstance(value, float) else _text(value)


def _text(value: Any) -> str:
    """A number or another value as the request wrote it, as near as can be told."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= 10**4000:
        return "9" * 4001  # Python refuses to write longer integers
    return str(value) if isinstance(value, int) else repr(value)


def _base64_stop(text: str) -> int:
    """The offset that Go's base64 reports: of the first bad byte, or of the end."""
    body = text.rstrip("=")
    bad = _NOT_BASE64.search(body)
    if bad is not None:
        return len(text[: bad.start()].encode())
    padding = len(text) - len(body)
    # without padding Go stops at the start of the group that it cannot fill
    return len(body) if padding else len(text) // 4 * 4
