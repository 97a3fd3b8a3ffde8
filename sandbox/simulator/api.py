"""The API server's logic: a request in, an answer out, no sockets.

Order of checks, as on the real server: token, path, access, verb. Reads, reviews and watches are
answered here, writes by `writes.handle`.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING

from sandbox.simulator import accept, bodies, discovery, openapi, resourcemetrics, reviews
from sandbox.simulator.access import Access, Ask
from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import (
    ApiFailure,
    PlainFailure,
    bad_request,
    forbidden,
    method_not_allowed,
    object_not_found,
    unauthorized,
)
from sandbox.simulator.http import (
    JSON_TYPE,
    Request,
    Response,
    failure_response,
    json_response,
    text_response,
)
from sandbox.simulator.logs import LogSource, log_response
from sandbox.simulator.metrics.serve import metrics_response
from sandbox.simulator.paths import Target, resolve
from sandbox.simulator.reads import get_response, list_response, render
from sandbox.simulator.resources import Resource
from sandbox.simulator.timeshift import TimeShift
from sandbox.simulator.watch import Watch
from sandbox.simulator.writes.handle import Handler
from sandbox.simulator.writes.replicas import scale_of

if TYPE_CHECKING:
    from sandbox.simulator.sim import Sim

_HEALTH = frozenset({"healthz", "livez", "readyz"})
_CONNECT = frozenset({"exec", "attach", "portforward", "proxy"})
_WRITES = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Api:
    """Answers requests about one cluster for one identity."""

    def __init__(
        self,
        engine: Engine,
        logs: LogSource,
        *,
        token: str,
        access: Access,
        shift: TimeShift,
        address: str = "127.0.0.1:6443",
    ) -> None:
        self.engine = engine
        self.store = engine.store
        self.stopping = asyncio.Event()
        self.sim: Sim | None = None
        """The simulator's own endpoints, where there are any."""
        self._logs = logs
        self._token = token
        self._access = access
        self._shift = shift
        self._address = address

    def accept(self, token: str) -> None:
        """From now on only this token is accepted."""
        self._token = token

    def handle(self, request: Request) -> Response:
        """The answer to a request; failures become Status objects, never exceptions."""
        try:
            self._authenticate(request)
            return self._route(request)
        except ApiFailure as failure:
            return failure_response(failure)
        except PlainFailure as failure:
            return text_response(failure.code, failure.text)
        except RecursionError:
            # Bodies are limited in depth; selectors and paths of absurd length end here.
            return failure_response(bad_request("exceeded max depth"))

    def _rows(self) -> tuple[Resource, ...]:
        """Every kind served now."""
        rows = self.store.resources()
        return rows + resourcemetrics.ROWS if self.engine.world.metrics_server else rows

    def _authenticate(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given, wanted = token.strip().encode("utf-8", "replace"), self._token.encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(given, wanted):
            raise unauthorized()

    def _route(self, request: Request) -> Response:
        parts = tuple(part for part in request.path.split("/") if part)
        head = parts[0] if parts else ""
        versions = {"api": 2, "apis": 3}.get(head)
        if versions is not None and len(parts) > versions:
            return self._resource(resolve(self._rows(), parts), request)
        if request.method not in ("GET", "HEAD") and head != "sim":
            raise method_not_allowed()
        if not self._access.allows_url("get", request.path.rstrip("/") or "/"):
            raise ApiFailure(
                403,
                "Forbidden",
                f'forbidden: User "{self._access.user}" cannot get path "{request.path}"',
                {},
            )
        if head == "sim" and self.sim is not None:
            return self.sim.answer(parts[1:], request)
        return self._document(parts, head, request)

    # What is no resource

    def _document(self, parts: tuple[str, ...], head: str, request: Request) -> Response:
        if not parts:
            paths = ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3"]
            return json_response(200, {"paths": [*paths, "/readyz", "/version"]})
        if parts == ("version",):
            return json_response(200, discovery.VERSION)
        if head in _HEALTH and len(parts) <= 2:
            return text_response(200, discovery.health(head, verbose="verbose" in request.query))
        if head in ("api", "apis"):
            return self._discovery(parts, request)
        if head == "openapi":
            return self._openapi(parts, request)
        if head == "metrics":
            return metrics_response(self.engine, self._shift.seconds(), parts[1:], request)
        raise PlainFailure

    def _discovery(self, parts: tuple[str, ...], request: Request) -> Response:
        rows = self._rows()
        if len(parts) == 1:
            core = parts[0] == "api"
            wanted = accept.choose(request.accept, (discovery.AGGREGATED,))
            if wanted and wanted.as_kind and wanted.version in ("v2", "v2beta1"):
                # kubectl compares this text as a whole.
                media = f"g={wanted.group};v={wanted.version};as={discovery.AGGREGATED}"
                body = discovery.aggregated(rows, wanted.version, core=core)
                return json_response(200, body, f"{JSON_TYPE};{media}")
            legacy = discovery.core_versions(self._address) if core else discovery.group_list(rows)
            return json_response(200, legacy)
        if parts[0] == "api":
            body_or_none = discovery.resource_list(rows, parts[1])
        elif len(parts) == 2:
            body_or_none = discovery.api_group(rows, parts[1])
        else:
            body_or_none = discovery.resource_list(rows, f"{parts[1]}/{parts[2]}")
        if body_or_none is None:
            raise PlainFailure
        return json_response(200, body_or_none)

    def _openapi(self, parts: tuple[str, ...], request: Request) -> Response:
        rows = self._rows()
        if parts == ("openapi", "v2"):
            return Response(200, openapi.V2_CONTENT_TYPE, openapi.V2_PROTOBUF)
        if parts == ("openapi", "v3"):
            return json_response(200, openapi.index(rows))
        if parts[:2] != ("openapi", "v3") or parts[2] not in ("api", "apis"):
            raise PlainFailure
        document = openapi.document(rows, "/".join(parts[3:]))
        if document is None:
            raise PlainFailure
        return Response(200, JSON_TYPE, document)

    # Resources

    def _resource(self, target: Target, request: Request) -> Response:
        verb = _verb(target, request)
        self._authorize(target, verb)
        allowed = target.row.verbs
        if target.sub is not None:
            found = target.row.subresource(target.sub)
            allowed = found.verbs if found else ()
        if verb not in allowed:
            raise method_not_allowed()
        if target.sub in _CONNECT:
            what = f"{target.row.plural}/{target.sub}"
            raise bad_request(f"{what} is not supported by the simulator")
        if target.row.group == resourcemetrics.GROUP:
            return resourcemetrics.answer(self.engine, self._shift, target, request)
        if verb == "watch":
            return Watch(self.store, self._shift, target, request, self.stopping).response()
        if verb == "list":
            return list_response(self.store, self._shift, target, request)
        if verb == "get":
            return self._get(target, request)
        return self._write(target, verb, request)

    def _authorize(self, target: Target, verb: str) -> None:
        row = target.row
        ask = Ask(
            verb,
            row.group,
            row.plural,
            target.sub or "",
            # A namespace's own requests count as inside it.
            target.namespace or (target.name or "" if row.key == "namespaces" else ""),
            target.name or "",
        )
        if not self._access.allows(ask):
            raise forbidden(
                row,
                user=self._access.user,
                verb=verb,
                namespace=ask.namespace or None,
                name=target.name,
                sub=target.sub,
            )

    def _get(self, target: Target, request: Request) -> Response:
        if target.sub == "log":
            return log_response(self.store, self._logs, target, request)
        if target.sub == "scale":
            obj = self.store.get(target.row.key, target.namespace, target.name or "")
            if obj is None:
                raise object_not_found(target.row, target.name or "")
            shown = render(self._shift, target.row, obj)
            return json_response(200, scale_of(target.row, shown))
        return get_response(self.store, self._shift, target, request)

    def _write(self, target: Target, verb: str, request: Request) -> Response:
        if verb == "create" and reviews.is_review(target):
            body = bodies.decode(request, target.row)
            review = reviews.answer(target, body, self._access, self._token)
            return json_response(201, review)
        return Handler(self.engine, self._shift, target, request).answer(verb)


def _verb(target: Target, request: Request) -> str:
    if request.method in ("GET", "HEAD"):
        if target.sub is None and request.flag("watch"):
            return "watch"
        return "list" if target.name is None else "get"
    verb = _WRITES.get(request.method)
    if verb is None:
        raise method_not_allowed()
    if target.name is None and verb in ("update", "patch"):
        raise method_not_allowed()
    if target.name is not None and target.sub is None and verb == "create":
        raise method_not_allowed()
    if target.row.namespaced and target.namespace is None:
        raise method_not_allowed()
    return "deletecollection" if verb == "delete" and target.name is None else verb
