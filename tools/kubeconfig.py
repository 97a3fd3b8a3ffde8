"""ClusterAccess: one run's way into one cluster, from the user's kubeconfig.

The user's kubeconfig may name programs, other clusters and long-lived secrets. kubectl gets a
generated one instead: one cluster, one user, one context, and nothing that starts a program.
It lies in a folder of its own (0700, files 0600) that is removed when the run ends.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools import credentials as resolving
from tools import kubefile
from tools.api import Api, Endpoint
from tools.credentials import Credentials
from tools.errors import ClusterError
from tools.kubefile import KubeContext

FOLDER = "access"
"""Name of the folder in the run's folder that holds everything secret."""


class ClusterAccess:
    """The generated kubeconfig and the HTTP client, kept fresh. Close it at the end of the run."""

    def __init__(
        self,
        context: KubeContext,
        folder: Path,
        environ: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self.context = context.name
        self.namespace = context.namespace
        """The context's default namespace."""
        self.folder = folder
        self.kubeconfig = folder / "kubeconfig"
        self._source = context
        self._environ = dict(environ)
        self._now = now
        self._lock = threading.RLock()
        self._credentials = resolving.resolve(context, environ, now)
        self.server = _server(context.cluster, self._credentials)
        self._endpoint = self._write_endpoint()
        self._write()
        self.api = Api(self._endpoint, self._credentials, reload=self.refresh)

    def refresh_if_needed(self) -> None:
        """Resolve the credentials anew when they are about to expire; raises ClusterError."""
        if self._credentials.expired(self._now()):
            self.refresh()

    def refresh(self) -> None:
        """Resolve the credentials anew now (after a 401, say); raises ClusterError."""
        with self._lock:
            self._credentials = resolving.resolve(self._source, self._environ, self._now)
            self._write()
            self.api.use(self._credentials)

    def close(self) -> None:
        """Remove every credential file. Safe to call twice."""
        self.api.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> ClusterAccess:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _write_endpoint(self) -> Endpoint:
        cluster, who = self._source.cluster, self._credentials
        _private_folder(self.folder)
        ca = resolving.pem(cluster, "certificate-authority")
        if ca is not None:
            _write_private(self.folder / "ca.crt", ca)
        return Endpoint(
            server=self.server,
            ca=self.folder / "ca.crt" if ca is not None else None,
            tls_server_name=cluster.get("tls-server-name") or None,
            insecure=bool(cluster.get("insecure-skip-tls-verify")),
            proxy=proxy_for(self.server, cluster.get("proxy-url"), self._environ),
            certificate=self.folder / "client.crt" if who.certificate else None,
            key=self.folder / "client.key" if who.key else None,
        )

    def _write(self) -> None:
        """Write the token, the client certificate and the kubeconfig that names them."""
        who = self._credentials
        for name, text in (
            ("token", who.token),
            ("client.crt", who.certificate),
            ("client.key", who.key),
        ):
            if text:
                _write_private(self.folder / name, text)
        _write_private(self.kubeconfig, self._kubeconfig_text())

    def _kubeconfig_text(self) -> str:
        import yaml  # type: ignore[import-untyped]

        cluster: dict[str, Any] = {"server": self.server}
        if self._endpoint.ca is not None:
            cluster["certificate-authority-data"] = _encoded(self._endpoint.ca)
        if self._endpoint.tls_server_name:
            cluster["tls-server-name"] = self._endpoint.tls_server_name
        if self._endpoint.insecure:
            cluster["insecure-skip-tls-verify"] = True
        if self._endpoint.proxy:
            cluster["proxy-url"] = self._endpoint.proxy
        who = self._credentials
        user: dict[str, Any] = dict(who.impersonate)
        if who.token:
            user["tokenFile"] = str(self.folder / "token")
        if who.certificate and who.key:
            user["client-certificate-data"] = _encoded(self.folder / "client.crt")
            user["client-key-data"] = _encoded(self.folder / "client.key")
        if who.username and who.password:
            user["username"], user["password"] = who.username, who.password
        context = {"cluster": "target", "user": "target", "namespace": self.namespace}
        return str(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "target", "cluster": cluster}],
                    "users": [{"name": "target", "user": user}],
                    "contexts": [{"name": "target", "context": context}],
                    "current-context": "target",
                }
            )
        )


def open_access(
    kubeconfig: Path | None,
    context: str | None,
    folder: Path,
    environ: Mapping[str, str],
    *,
    now: Callable[[], datetime] | None = None,
) -> ClusterAccess:
    """Resolve the credentials of a context and write the run's own kubeconfig into `folder`.

    Looked for in this order: `kubeconfig`, KUBECONFIG (a list, merged), ~/.kube/config, the pod's
    service account. Raises ClusterError; its reason says which step failed. No request is made.
    """
    paths = kubefile.locate(kubeconfig, environ)
    if paths:
        chosen = kubefile.select(kubefile.read(paths), context)
    else:
        inside = kubefile.in_cluster(environ)
        if inside is None:
            raise ClusterError(
                "no kubeconfig: neither KUBECONFIG nor ~/.kube/config is there",
                kubefile.NO_KUBECONFIG_HINT,
                reason="no-kubeconfig",
            )
        chosen = inside
    place = folder.absolute() / FOLDER
    shutil.rmtree(place, ignore_errors=True)  # what a killed run left behind
    try:
        return ClusterAccess(chosen, place, environ, now or _utc_now)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def proxy_for(server: str, own: object, environ: Mapping[str, str]) -> str | None:
    """The proxy for a server: the kubeconfig's proxy-url, else the environment's, as Go decides it.

    Programs are started without *_PROXY variables, so the answer is written into the kubeconfig.
    """
    if own:
        return str(own)
    parts = urlsplit(server)
    name = f"{parts.scheme}_proxy"
    proxy = environ.get(name.upper()) or environ.get(name)
    host = parts.hostname or ""
    if not proxy or host == "localhost" or host.startswith("127.") or host == "::1":
        return None  # Go never sends loopback traffic to a proxy
    from kubernetes.client.rest import should_bypass_proxies

    exempt = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    if should_bypass_proxies(server, exempt):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _server(cluster: Mapping[str, Any], who: Credentials) -> str:
    """The server's URL; without a scheme, https when anything about TLS is configured."""
    server = str(cluster["server"]).rstrip("/")
    if "://" in server:
        return server
    tls = any(str(key).startswith(("certificate-", "insecure-", "tls-")) for key in cluster)
    return f"https://{server}" if tls or who.certificate else f"http://{server}"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _private_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def _write_private(path: Path, text: str) -> None:
    """Replace a file at once, so that kubectl never reads half of it; readable by the user only."""
    fresh = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
