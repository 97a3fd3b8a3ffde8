"""The API without a socket: the same requests and answers, for scenario steps, tests and benchmarks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from sandbox.simulator.access import Access
from sandbox.simulator.api import Api
from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.engine import Engine
from sandbox.simulator.http import JSON_TYPE, Request, parse_query
from sandbox.simulator.store import Object
from sandbox.simulator.timeshift import TimeShift

_TOKEN = "in-process"  # noqa: S105 - opens nothing: no socket leads here


class Answer(NamedTuple):
    """What the server said."""

    code: int
    """HTTP status."""
    body: Object
    """The object, list or Status; empty for plain text."""
    text: str = ""
    """The body as it was sent."""
    warnings: tuple[str, ...] = ()
    """Texts of Warning headers."""


class Client:
    """A cluster administrator of one simulated cluster. Times are virtual, as stored."""

    def __init__(self, engine: Engine, *, user: str = "kubernetes-admin") -> None:
        self._api = Api(
            engine,
            PodLogs(engine),
            token=_TOKEN,
            access=Access(None, user),
            shift=TimeShift(engine.store.now, enabled=False),
        )

    def request(
        self,
        method: str,
        path: str,
        body: Object | list[Any] | bytes | None = None,
        *,
        content_type: str = JSON_TYPE,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask the API. `path` may carry its query; watches are not for this client."""
        path, _, own = path.partition("?")
        parameters = parse_query("&".join(part for part in (own, query) if part).encode())
        given = {
            "accept": JSON_TYPE,
            "authorization": f"Bearer {_TOKEN}",
            "content-type": content_type,
            "user-agent": "kubectl/v1.36.2",
            **(headers or {}),
        }
        data = body if isinstance(body, bytes) else b"" if body is None else _encoded(body)
        answer = self._api.handle(Request(method, unquote(path), parameters, given, data))
        text = answer.body.decode("utf-8", "replace")
        shown = json.loads(text) if answer.content_type.startswith(JSON_TYPE) and text else {}
        return Answer(answer.status, shown, text, answer.every_warning)


def _encoded(body: Object | list[Any]) -> bytes:
    return json.dumps(body).encode()
