"""Requests and answers as plain values, so that the server's logic needs no socket to be tested."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from sandbox.simulator.errors import ApiFailure

JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain; charset=utf-8"


class Request(NamedTuple):
    """One HTTP request."""

    method: str
    path: str
    """Decoded path, without the query."""
    query: Mapping[str, str]
    """First value of each parameter."""
    headers: Mapping[str, str]
    """Header names in lower case."""
    body: bytes = b""

    @property
    def accept(self) -> str:
        """The Accept header, `*/*` when there is none."""
        return self.headers.get("accept", "*/*")

    def flag(self, name: str) -> bool:
        """A boolean query parameter, read as Go's ParseBool does; empty counts as true."""
        if name not in self.query:
            return False
        return self.query[name].lower() not in ("0", "f", "false")

    def integer(self, name: str) -> int | None:
        """A non-negative integer query parameter, None when absent. Raises ApiFailure 400."""
        text = self.query.get(name, "")
        if not text:
            return None
        # Longer digit strings overflow int64 on the real server, too.
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            message = f'strconv.ParseInt: parsing "{text}": invalid syntax'
            raise ApiFailure(400, "BadRequest", message)
        return int(text)


class Response(NamedTuple):
    """One answer: either a body or a stream of chunks."""

    status: int
    content_type: str
    body: bytes = b""
    warning: str | None = None
    """Text of a Warning header, which kubectl prints."""
    warnings: tuple[str, ...] = ()
    """Texts of further ones."""
    stream: Callable[[], AsyncIterator[bytes]] | None = None

    @property
    def every_warning(self) -> tuple[str, ...]:
        """The texts of all Warning headers."""
        return (self.warning, *self.warnings) if self.warning else self.warnings


def parse_query(raw: bytes) -> dict[str, str]:
    """The first value of each parameter; anything malformed is dropped."""
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return {}
    query: dict[str, str] = {}
    for name, value in pairs:
        query.setdefault(name, value)
    return query


def json_bytes(value: Any) -> bytes:
    """Compact JSON, UTF-8. Lone surrogates from odd input survive as escapes."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def json_response(
    status: int, value: Any, content_type: str = JSON_TYPE, warning: str | None = None
) -> Response:
    """An answer with a JSON body."""
    return Response(status, content_type, json_bytes(value), warning)


def text_response(status: int, text: str | bytes) -> Response:
    """An answer in plain text; bytes are sent as they are."""
    body = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return Response(status, TEXT_TYPE, body)


def failure_response(failure: ApiFailure) -> Response:
    """The Status object of a failure."""
    response = json_response(failure.code, failure.status())
    return response._replace(warnings=failure.warnings)
