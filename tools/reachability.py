"""Why a server could not be talked to, in one line, from whatever the HTTP library raised."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from tools.errors import ClusterError

HINT = "is the cluster up, and is this the right context? (--context, --kubeconfig)"
TLS_HINT = "the kubeconfig's certificate-authority must have signed the server's certificate"


def transport_error(server: str, proxy: str | None, error: Exception) -> ClusterError:
    """A ClusterError (tls, unreachable or bad-kubeconfig) for a failed connection."""
    import urllib3

    causes = list(_chain(error))
    host = urlsplit(server).hostname or server
    via = f" through proxy {_without_userinfo(proxy)}" if proxy else ""
    for cause in causes:
        if isinstance(cause, ImportError):
            return ClusterError(f"a socks proxy needs PySocks: {cause}", "pip install PySocks")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ClusterError(
                f"the TLS certificate of {server} is not trusted: {cause.verify_message}",
                TLS_HINT,
                reason="tls",
            )
        if isinstance(cause, ssl.SSLError):
            return ClusterError(
                f"no TLS connection to {server}{via}: {_ssl_reason(cause)}",
                "does the server speak HTTPS on this port, and does it ask for a client "
                "certificate?",
                reason="tls",
            )
        if isinstance(cause, socket.gaierror | urllib3.exceptions.NameResolutionError):
            where = f"{host}{via}"
            return ClusterError(f"cannot find host {where} (DNS)", HINT)
        if isinstance(cause, ConnectionRefusedError):
            return ClusterError(f"{server}{via} refuses connections", HINT)
        if isinstance(cause, urllib3.exceptions.ConnectTimeoutError):
            return ClusterError(f"{server}{via} does not answer (connection timed out)", HINT)
        if isinstance(cause, urllib3.exceptions.ReadTimeoutError | TimeoutError):
            return ClusterError(f"{server}{via} does not answer in time", HINT)
        if isinstance(cause, ConnectionResetError | BrokenPipeError):
            return ClusterError(f"{server}{via} closed the connection", HINT)
        if isinstance(cause, FileNotFoundError | PermissionError):
            return ClusterError(
                f"the credentials' file cannot be read: {cause.filename}", reason="bad-kubeconfig"
            )
    first = str(causes[-1]).splitlines()[0] if str(causes[-1]) else type(causes[-1]).__name__
    return ClusterError(f"cannot talk to {server}{via}: {first[:300]}", HINT)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what is behind it: `reason`, causes, contexts, and errors kept as arguments."""
    seen: list[BaseException] = []
    queue: list[BaseException] = [error]
    while queue:
        current = queue.pop(0)
        if any(current is other for other in seen):
            continue
        seen.append(current)
        yield current
        linked = [getattr(current, "reason", None), current.__cause__, current.__context__]
        linked += getattr(current, "args", ())
        queue += [item for item in linked if isinstance(item, BaseException)]


def _ssl_reason(error: ssl.SSLError) -> str:
    text = error.reason or str(error)
    return str(text).replace("_", " ").lower()


def _without_userinfo(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
