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
    tls = _tls_error(server + via, causes)
    if tls is not None:
        return tls
    library = urllib3.exceptions
    # The most telling cause first: urllib3 wraps a refusal in a class of time-outs.
    meanings: list[tuple[type[BaseException] | tuple[type[BaseException], ...], str]] = [
        (ConnectionRefusedError, f"{server}{via} refuses connections"),
        (
            (socket.gaierror, library.NameResolutionError),
            f"cannot find host {host}{via} (DNS)",
        ),
        ((ConnectionResetError, BrokenPipeError), f"{server}{via} closed the connection"),
        (library.ReadTimeoutError, f"{server}{via} does not answer in time"),
        (
            (library.ConnectTimeoutError, TimeoutError),
            f"{server}{via} does not answer (connection timed out)",
        ),
    ]
    for cause in causes:
        if isinstance(cause, ImportError):
            return ClusterError(f"a socks proxy needs PySocks: {cause}", "pip install PySocks")
        if isinstance(cause, FileNotFoundError | PermissionError):
            return ClusterError(
                f"a credential file cannot be read: {cause.filename}", reason="bad-kubeconfig"
            )
    for kinds, message in meanings:
        if any(isinstance(cause, kinds) for cause in causes):
            return ClusterError(message, HINT)
    first = (str(causes[-1]) or type(causes[-1]).__name__).splitlines()[0]
    return ClusterError(f"cannot talk to {server}{via}: {first[:300]}", HINT)


def _tls_error(server: str, causes: list[BaseException]) -> ClusterError | None:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ClusterError(
                f"the TLS certificate of {server} is not trusted: {cause.verify_message}",
                TLS_HINT,
                reason="tls",
            )
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return ClusterError(
                f"no TLS connection to {server}: {_ssl_reason(cause)}",
                "does the server speak HTTPS on this port? does it want a client certificate?",
                reason="tls",
            )
    return None


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
