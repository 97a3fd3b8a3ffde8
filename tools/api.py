"""Api: JSON over HTTPS to the API server, with the run's credentials and one-line errors.

The official Python client builds the TLS and proxy part (its connection pool); requests go through
that pool directly, so that nothing retries, redirects or logs behind our back.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlencode

from pydantic import JsonValue

from tools.body import read_body
from tools.credentials import Credentials, basic
from tools.errors import ClusterError, MagosError
from tools.reachability import transport_error

if TYPE_CHECKING:
    import urllib3

CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
"""Longest silence of the server; also half of what a whole answer may take."""
MAX_BYTES = 64 * 1024**2
"""Largest answer that is read; 500 pods are about 3 MB."""
CONNECTIONS = 4
SIMULATED_HEADER = "X-Magos-Simulated"
"""On every answer of the built-in simulator, so that nobody takes it for a real cluster, whatever way
it was reached. A header of its own: proxies replace `Server`."""


@dataclass(frozen=True)
class Endpoint:
    """Where the API server is and how its certificate is checked."""

    server: str
    """Base URL without a slash at its end."""
    ca: Path | None = None
    """CA bundle; None for the system's own."""
    tls_server_name: str | None = None
    insecure: bool = False
    """The user's kubeconfig has insecure-skip-tls-verify; never set by this project."""
    proxy: str | None = None
    certificate: Path | None = None
    """Client certificate and its key, as files."""
    key: Path | None = None


class ApiError(MagosError):
    """The API server answered with an error; often an observation (404, 403), not a fault."""

    def __init__(
        self, status: int, reason: str, message: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status."""
        self.reason = reason
        """Kubernetes' reason, such as `NotFound` or `Forbidden`."""
        self.retry_after = retry_after
        """Seconds, from Retry-After."""


class _Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes
    retry_after: float | None


class Api:
    """GET and POST of JSON, thread-safe. Raises ApiError for answers, ClusterError for transport."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        *,
        reload: Callable[[], None] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._credentials = credentials
        self._reload = reload
        self._pool: urllib3.PoolManager | None = None
        self._lock = threading.Lock()
        self._seen: list[str] = list(credentials.secrets())
        self._simulated = False

    def use(self, credentials: Credentials) -> None:
        """Go on with newly resolved credentials."""
        with self._lock:
            if credentials.certificate != self._credentials.certificate:
                self._pool = None
            self._credentials = credentials
            self._seen += [value for value in credentials.secrets() if value not in self._seen]

    def secrets(self) -> tuple[str, ...]:
        """Every credential string used so far; redaction must know them."""
        return tuple(self._seen)

    @property
    def simulated(self) -> bool:
        """Whether an answer so far, an error included, came from the built-in simulator."""
        return self._simulated

    def get(
        self, path: str, query: Mapping[str, str] | None = None, accept: str = "application/json"
    ) -> JsonValue:
        """The JSON at `path` (a plain string when `accept` asks for text)."""
        url = f"{path}?{urlencode(query)}" if query else path
        return self._value(self._send("GET", url, accept, None), accept)

    def post(self, path: str, body: JsonValue) -> JsonValue:
        """The answer to a POST; meant for access reviews, which create nothing."""
        accept = "application/json"
        return self._value(self._send("POST", path, accept, json.dumps(body).encode()), accept)

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            if self._pool is not None:
                self._pool.clear()
            self._pool = None

    def _value(self, answer: _Answer, accept: str) -> JsonValue:
        if answer.status >= 300:
            raise _api_error(answer)
        text = answer.body.decode("utf-8", "replace")
        if "json" not in accept:
            return text
        try:
            return cast(JsonValue, json.loads(text))
        except ValueError as error:
            raise ClusterError(
                f"{self.endpoint.server} answered {answer.content_type or 'no type'}, not JSON",
                "is this a Kubernetes API server, or does a proxy answer in its place?",
                reason="http",
            ) from error

    def _send(self, method: str, url: str, accept: str, body: bytes | None) -> _Answer:
        answer = self._once(method, url, accept, body)
        if answer.status == 401 and self._reload is not None:
            self._reload()
            answer = self._once(method, url, accept, body)
        if answer.status == 401:
            raise ClusterError(
                f"credentials expired or not accepted by {self.endpoint.server} (401 Unauthorized)",
                "log in again (the tool that wrote the kubeconfig), or check `kubectl auth whoami`",
                reason="unauthorized",
            )
        return answer

    def _once(self, method: str, url: str, accept: str, body: bytes | None) -> _Answer:
        import urllib3

        until = time.monotonic() + 2 * READ_SECONDS
        try:
            response = self._connections().request(
                method,
                self.endpoint.server + url,
                body=body,
                headers=self._headers(accept, body is not None),
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                content = read_body(response, MAX_BYTES, until)
                if len(content) > MAX_BYTES:
                    raise self._unread("more than 64 MiB", response)
            except TimeoutError as error:
                raise self._unread("too slowly", response) from error
            finally:
                response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise transport_error(self.endpoint.server, self.endpoint.proxy, error) from error
        if SIMULATED_HEADER in response.headers:
            self._simulated = True
        return _Answer(
            response.status,
            response.headers.get("Content-Type", ""),
            content,
            _seconds(response.headers.get("Retry-After")),
        )

    def _unread(self, how: str, response: urllib3.BaseHTTPResponse) -> ClusterError:
        response.close()  # what is left of the answer must not meet the next request
        message = f"{self.endpoint.server} answered {how}"
        return ClusterError(message, "narrow the scope", reason="http")

    def _headers(self, accept: str, has_body: bool) -> urllib3.HTTPHeaderDict:
        import urllib3

        who = self._credentials
        headers = urllib3.HTTPHeaderDict(
            {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": "magos-agent"}
        )
        if has_body:
            headers["Content-Type"] = "application/json"
        if not self.endpoint.server.startswith("https://"):
            return headers  # as kubectl: no credentials over plain http
        if who.token:
            headers["Authorization"] = f"Bearer {who.token}"
        elif who.username and who.password:
            headers["Authorization"] = f"Basic {basic(who.username, who.password)}"
        for name, value in _impersonation(who.impersonate):
            headers.add(name, value)
        return headers

    def _connections(self) -> urllib3.PoolManager:
        """The official client's connection pool, with our TLS files and proxy and no retries."""
        with self._lock:
            if self._pool is None:
                import urllib3
                from kubernetes.client import ApiClient, Configuration

                settings: Any = Configuration()
                settings.host = self.endpoint.server
                settings.ssl_ca_cert = _text(self.endpoint.ca)
                settings.cert_file = _text(self.endpoint.certificate)
                settings.key_file = _text(self.endpoint.key)
                settings.verify_ssl = not self.endpoint.insecure
                settings.tls_server_name = self.endpoint.tls_server_name
                settings.proxy = self.endpoint.proxy  # decided already; not from the environment
                settings.no_proxy = ""
                settings.retries = False
                settings.connection_pool_maxsize = CONNECTIONS
                try:
                    client: Any = ApiClient(configuration=settings)
                except (OSError, ImportError, ValueError) as error:
                    raise transport_error(
                        self.endpoint.server, self.endpoint.proxy, error
                    ) from error
                if self.endpoint.insecure:  # the user's own choice, which kubectl does not warn of
                    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
                self._pool = cast("urllib3.PoolManager", client.rest_client.pool_manager)
            return self._pool


def _api_error(answer: _Answer) -> ApiError:
    """A typed error from a Status object, or from whatever text the server sent instead."""
    text = answer.body.decode("utf-8", "replace")
    try:
        status = json.loads(text)
    except ValueError:
        status = None
    if isinstance(status, dict) and status.get("kind") == "Status":
        reason = str(status.get("reason") or answer.status)
        message = str(status.get("message") or reason)
    else:
        reason = {403: "Forbidden", 404: "NotFound", 429: "TooManyRequests"}.get(
            answer.status, str(answer.status)
        )
        message = (text.strip().splitlines() or [f"HTTP {answer.status}"])[0][:300]
    return ApiError(answer.status, reason, message, retry_after=answer.retry_after)


def _impersonation(stanza: Mapping[str, Any]) -> list[tuple[str, str]]:
    headers = [("Impersonate-User", str(stanza["as"]))] if stanza.get("as") else []
    if stanza.get("as-uid"):
        headers.append(("Impersonate-Uid", str(stanza["as-uid"])))
    headers += [("Impersonate-Group", str(group)) for group in stanza.get("as-groups") or []]
    for name, values in (stanza.get("as-user-extra") or {}).items():
        headers += [(f"Impersonate-Extra-{name}", str(value)) for value in values]
    return headers


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _seconds(value: str | None) -> float | None:
    try:
        return None if value is None else max(0.0, float(value))
    except ValueError:
        return None  # the HTTP-date form, which API servers do not send
