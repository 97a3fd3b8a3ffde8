"""A model hub on 127.0.0.1 with what huggingface_hub asks of one, and ways to misbehave.

`/OWNER/NAME/resolve/REVISION/FILE` answers with the commit, the linked etag and size, and redirects to a
storage host of another name, which serves ranges. `/api/models/OWNER/NAME/revision/REVISION` tells the commit.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

REPOSITORY = "clglavan/magos-k8s-0.6b"
RESOLVE = re.compile(rf"/{re.escape(REPOSITORY)}/resolve/([^/]+)/(.+)")


class Asked(NamedTuple):
    """One request, as the server saw it."""

    method: str
    path: str
    range: str | None
    authorization: str | None
    agent: str


class HubServer:
    """Use it as a context manager. Change its fields at any time."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.scheme = "https" if tls else "http"
        self.files: dict[tuple[str, str], bytes] = {}
        """Content by revision and file."""
        self.commits: dict[str, str] = {}
        self.told: dict[str, str | None] = {}
        """Etag told for a file instead of the SHA-256 of its content; None: no linked etag."""
        self.served: dict[str, bytes] = {}
        """Content given out for a file instead of the real one."""
        self.statuses: list[int] = []
        """Statuses of the next requests, before anything is answered properly."""
        self.cuts: list[int] = []
        """Bytes after which each of the next downloads loses its connection."""
        self.pace = 0.0
        """Seconds between two pieces of 4 KiB."""
        self.ranges = True
        self.needed_token: str | None = None
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def publish(self, revision: str, file: str, content: bytes, commit: str | None = None) -> str:
        """Put a file there; returns its SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        self.files[revision, file] = content
        self.commits[revision] = commit or hashlib.sha1(f"{revision}{digest}".encode()).hexdigest()
        return digest

    @property
    def port(self) -> int:
        """On 127.0.0.1."""
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def storage(self) -> str:
        """The same server under another name: what must not see a token."""
        return f"{self.scheme}://localhost:{self.port}"

    @property
    def downloads(self) -> list[Asked]:
        """Requests for content."""
        return [item for item in self.asked if item.path.startswith("/storage/")]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def copy(source: socket.socket, target: socket.socket) -> None:
    """Until one of them ends."""
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Proxy:
    """A forward proxy to one hub, whatever host is asked for: http requests, and CONNECT for https."""

    def __init__(self, hub: HubServer, *, tunnels: bool = True) -> None:
        """Without `tunnels` CONNECT is refused."""
        self.seen: list[str] = []
        """Method and target of every request."""
        outer = self

        class Handler(handler_of(hub)):  # type: ignore[misc] # made at run time
            def _answer(self) -> None:
                outer.seen.append(f"{self.command} {self.path}")
                super()._answer()

            def do_CONNECT(self) -> None:
                outer.seen.append(f"CONNECT {self.path}")
                if not tunnels:
                    self._plain(403)
                    return
                self.send_response(200)
                self.end_headers()
                self.close_connection = True
                with socket.create_connection(("127.0.0.1", hub.port)) as there:
                    back = threading.Thread(target=copy, args=(there, self.connection))
                    back.start()
                    copy(self.connection, there)
                    back.join()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """For HTTP_PROXY and HTTPS_PROXY."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def handler_of(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    """What answers the requests to a hub."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on stderr."""

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            told = self.headers
            hub.asked.append(
                Asked(
                    self.command,
                    parts.path,
                    told.get("Range"),
                    told.get("Authorization"),
                    told.get("User-Agent", ""),
                )
            )
            if hub.statuses:
                self._plain(hub.statuses.pop(0))
            elif parts.path.startswith("/storage/"):
                self._content(*parts.path.removeprefix("/storage/").split("/", 1))
            elif match := RESOLVE.fullmatch(parts.path):
                self._resolve(*match.groups())
            elif parts.path.startswith(f"/api/models/{REPOSITORY}/revision/"):
                commit = hub.commits.get(parts.path.rpartition("/")[2])
                body = json.dumps({"id": REPOSITORY, "sha": commit}).encode()
                self._plain(200 if commit else 404, body=body)
            else:
                self._plain(401, {"X-Error-Code": "RepoNotFound"})

        def _resolve(self, revision: str, file: str) -> None:
            if hub.needed_token and self.headers.get("Authorization") != hub.needed_token:
                self._plain(401, {"X-Error-Code": "GatedRepo"})
                return
            by_commit = {commit: name for name, commit in hub.commits.items()}
            revision = by_commit.get(revision, revision)
            if revision not in hub.commits:
                self._plain(404, {"X-Error-Code": "RevisionNotFound"})
                return
            commit = hub.commits[revision]
            if (revision, file) not in hub.files:
                head = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}
                self._plain(404, head)
                return
            content = hub.files[revision, file]
            etag = hub.told.get(file, hashlib.sha256(content).hexdigest())
            head = {
                "X-Repo-Commit": commit,
                "X-Linked-Size": str(len(content)),
                "ETag": '"0123456789abcdef0123456789abcdef01234567"',
                "Location": f"{hub.storage}/storage/{revision}/{file}?signature=secret",
            }
            if etag is not None:
                head["X-Linked-Etag"] = f'"{etag}"'
            self._plain(302, head)

        def _content(self, revision: str, file: str) -> None:
            content = hub.served.get(file, hub.files[revision, file])
            start = 0
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if asked and hub.ranges:
                start = int(asked[1])
                if start >= len(content):
                    self._plain(416)
                    return
            self.send_response(206 if start else 200)
            if start:
                where = f"bytes {start}-{len(content) - 1}/{len(content)}"
                self.send_header("Content-Range", where)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            rest = content[start:]
            cut = hub.cuts.pop(0) if hub.cuts else None
            try:
                for at in range(0, len(rest[:cut]), 4096):
                    self.wfile.write(rest[:cut][at : at + 4096])
                    time.sleep(hub.pace)
            except (BrokenPipeError, ConnectionResetError):
                cut = 0
            self.close_connection = cut is not None

        def _plain(
            self, status: int, head: dict[str, str] | None = None, body: bytes = b""
        ) -> None:
            self.send_response(status)
            for name, value in (head or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler
