"""Calls of the simulated API without a socket, and a custom resource to give it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sandbox.simulator.access import Access, Rule
from sandbox.simulator.api import Api
from sandbox.simulator.engine import still
from sandbox.simulator.http import Request, Response, parse_query
from sandbox.simulator.logs import LogSource, NoLogs
from sandbox.simulator.store import Store
from sandbox.simulator.timeshift import TimeShift

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
TOKEN = "t"


class Answer(NamedTuple):
    status: int
    type: str
    body: Any
    raw: Response


class Caller:
    """One client of one store."""

    def __init__(
        self, store: Store, logs: LogSource | None = None, rbac: Sequence[Rule] | None = None
    ) -> None:
        self.api = Api(
            still(store),
            logs or NoLogs(),
            token=TOKEN,
            access=Access(rbac, "jane"),
            shift=TimeShift(store.now, enabled=False),
        )

    def __call__(
        self,
        path: str,
        method: str = "GET",
        accept: str = "application/json",
        body: Any = None,
        token: str | None = TOKEN,
        content_type: str = "application/json",
    ) -> Answer:
        path, _, query = path.partition("?")
        headers = {"accept": accept, "content-type": content_type}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        answer = self.api.handle(Request(method, path, parse_query(query.encode()), headers, data))
        is_json = answer.content_type.startswith("application/json") and answer.stream is None
        shown = json.loads(answer.body) if is_json else answer.body.decode("utf-8", "replace")
        return Answer(answer.status, answer.content_type, shown, answer)


def crd() -> dict[str, Any]:
    """The definition of a cluster-scoped Widget in foo.dev/v1."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.foo.dev"},
        "spec": {
            "group": "foo.dev",
            "scope": "Cluster",
            "names": {"kind": "Widget", "plural": "widgets", "shortNames": ["wd"]},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [
                        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"}
                    ],
                }
            ],
        },
    }
