"""Session: the requests of one command, and what a refusal of the server becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from sandbox.simulator.commands.invocation import Invocation
from sandbox.simulator.engine import Engine
from sandbox.simulator.inprocess import Client
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
JSON = "application/json"


class Refusal(Exception):
    """The server, or kubectl itself, said no."""

    def __init__(self, message: str, *, code: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        """The server's `message`, or kubectl's own words."""
        self.code = code
        """HTTP status; 0 when kubectl refused before asking."""
        self.reason = reason
        """The server's `reason`: NotFound, Invalid, Forbidden, ..."""


class Named(NamedTuple):
    """An object that a command is about."""

    row: Resource
    """Its kind."""
    name: str
    """Its name."""


class Session:
    """One command's conversation with the server, as cluster-admin."""

    def __init__(self, engine: Engine, namespace: str) -> None:
        self.engine = engine
        self.namespace = namespace
        self._client = Client(engine)

    def kind(self, word: str) -> Resource:
        """The kind that a word means: plural, singular, short name, with or without the group.

        Raises Refusal in kubectl's words.
        """
        name, _, group = word.lower().partition(".")
        rows = [row for row in self.engine.store.resources() if not row.view_of]
        for row in rows:
            spellings = (row.plural, row.singular, row.kind.lower(), *row.short_names)
            if name in spellings and group in ("", row.group, f"{row.version}.{row.group}"):
                return row
        raise Refusal(f'the server doesn\'t have a resource type "{word}"')

    def named(self, words: Sequence[str]) -> list[Named]:
        """TYPE/NAME ..., or TYPE NAME ...; a bare TYPE gives nothing. Raises Refusal."""
        if not words:
            return []
        if "/" in words[0]:
            pairs = [word.partition("/") for word in words]
            return [Named(self.kind(kind), name) for kind, _, name in pairs]
        row = self.kind(words[0])
        return [Named(row, name) for name in words[1:]]

    def one(self, command: Invocation) -> Named:
        """The single object that a command names. Raises UsageError, Refusal."""
        found = self.named(command.words)
        if len(found) != 1:
            raise command.mistake("it must name one object")
        return found[0]

    def chosen(self, command: Invocation, words: Sequence[str]) -> list[Named]:
        """The objects that words, --selector, --field-selector or --all choose."""
        if len(words) != 1 or "/" in words[0]:
            return self.named(words)
        kinds = [self.kind(word) for word in words[0].split(",")]
        if not (command.on("all") or command.text("selector") or command.text("field-selector")):
            raise Refusal("resource(s) were provided, but no name was specified")
        query = {
            "labelSelector": command.text("selector"),
            "fieldSelector": command.text("field-selector"),
        }
        return [
            Named(row, obj["metadata"]["name"]) for row in kinds for obj in self.items(row, query)
        ]

    # Requests; all raise Refusal

    def get(self, what: Named) -> Object:
        """An object."""
        return self._ask("GET", self.path(what.row, what.name))

    def find(self, what: Named) -> Object | None:
        """An object, or None."""
        try:
            return self.get(what)
        except Refusal as refusal:
            if refusal.code == 404:
                return None
            raise

    def items(self, row: Resource, query: Mapping[str, str] | None = None) -> list[Object]:
        """The objects of a kind in the namespace; with an empty value a query field is left out."""
        asked = {key: value for key, value in (query or {}).items() if value}
        items: list[Object] = self._ask("GET", self.path(row), query=urlencode(asked))["items"]
        return items

    def everywhere(self, row: Resource, query: Mapping[str, str]) -> list[Object]:
        """The objects of a kind in all namespaces."""
        items: list[Object] = self._ask("GET", _root(row), query=urlencode(query))["items"]
        return items

    def create(self, row: Resource, obj: Object, path: str = "") -> Object:
        """A new object of this kind; `path` when it goes below another one (an eviction)."""
        whole = {"apiVersion": row.api_version, "kind": row.kind, **obj}
        return self._ask("POST", path or self.path(row), whole, query="fieldManager=kubectl-create")

    def patch(self, what: Named, patch: Any, how: str = STRATEGIC, sub: str = "") -> Object:
        """A patch of an object, or of its subresource."""
        path = self.path(what.row, what.name) + (f"/{sub}" if sub else "")
        return self._ask("PATCH", path, patch, content_type=how, query="fieldManager=kubectl")

    def delete(self, what: Named, options: Object) -> Object:
        """The deletion of an object."""
        return self._ask("DELETE", self.path(what.row, what.name), options)

    def path(self, row: Resource, name: str = "", namespace: str = "") -> str:
        """The URL path of a kind or an object."""
        root = _root(row)
        if row.namespaced:
            head, _, plural = root.rpartition("/")
            root = f"{head}/namespaces/{namespace or self.namespace}/{plural}"
        return f"{root}/{quote(name)}" if name else root

    def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = JSON,
        query: str = "",
    ) -> Object:
        answer = self._client.request(method, path, body, content_type=content_type, query=query)
        if answer.code >= 400:
            status = answer.body
            raise Refusal(
                str(status.get("message", "")),
                code=answer.code,
                reason=str(status.get("reason", "")),
            )
        return answer.body


def _root(row: Resource) -> str:
    return f"{'/apis' if row.group else '/api'}/{row.api_version}/{row.plural}"
