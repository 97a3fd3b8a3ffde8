"""A small HTTPS API server with its own CA, which writes down who asked for what."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

GOOD_TOKEN = "good-token-0123456789"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "containers": [
            {"name": "app", "image": "web:1", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}
        ]
    },
}
RESOURCES = {
    "kind": "APIResourceList",
    "groupVersion": "v1",
    "resources": [
        {
            "name": "pods",
            "singularName": "pod",
            "namespaced": True,
            "kind": "Pod",
            "verbs": ["get", "list"],
            "shortNames": ["po"],
        }
    ],
}


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    client: str | None
    """Common name of the client's certificate."""


@dataclass
class Server:
    """What tests see of the server."""

    url: str
    ca: Path
    client_cert: Path
    client_key: Path
    asked: list[Asked] = field(default_factory=list)
    accepts: set[str] = field(default_factory=lambda: {f"Bearer {GOOD_TOKEN}"})
    answer: Callable[[str], tuple[int, str, bytes] | None] = lambda path: None
    """Overrides an answer: (status, content type, body)."""

    def kubeconfig(self, folder: Path, user: dict[str, Any], **cluster: Any) -> Path:
        """A kubeconfig file with one context, `main`, namespace `shop`."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "c",
                    "cluster": {
                        "server": self.url,
                        "certificate-authority-data": encoded(self.ca),
                        **cluster,
                    },
                }
            ],
            "users": [{"name": "u", "user": user}],
            "contexts": [
                {"name": "main", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}
            ],
            "current-context": "main",
        }
        path = folder / "config"
        path.write_text(json.dumps(config))
        return path


def encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _issue(
    folder: Path, common: str, issuer: tuple[x509.Certificate, Any] | None
) -> tuple[x509.Certificate, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [
        x509.DNSName("api.test"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer[0].subject if issuer else _name(common))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    certificate = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
    (folder / f"{common}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{common}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, key


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki")
    authority = _issue(folder, "ca", None)
    _issue(folder, "server", authority)
    _issue(folder, "client", authority)
    _issue(folder, "stranger", None)
    return folder


@pytest.fixture
def server(certificates: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.crt", certificates / "server.key")
    context.load_verify_locations(certificates / "ca.crt")
    context.verify_mode = ssl.CERT_OPTIONAL
    seen = Server(
        "", certificates / "ca.crt", certificates / "client.crt", certificates / "client.key"
    )

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *words: object) -> None:
            pass

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            certificate = self.connection.getpeercert()
            client = certificate["subject"][0][0][1] if certificate else None
            seen.asked.append(Asked(self.command, self.path, dict(self.headers), client))
            status, kind, body = _answer(seen, self.path, self.headers, client)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> tuple[Any, Any]:
            connection, address = super().get_request()
            connection.settimeout(5)
            return context.wrap_socket(connection, server_side=True), address

        def handle_error(self, *words: object) -> None:
            pass

    http = Quiet(("127.0.0.1", 0), Handler)
    seen.url = f"https://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield seen
    http.shutdown()
    http.server_close()
    thread.join()


def _answer(seen: Server, path: str, headers: Any, client: str | None) -> tuple[int, str, bytes]:
    override = seen.answer(path)
    if override is not None:
        return override
    if headers.get("Authorization") not in seen.accepts and client is None:
        status = {"kind": "Status", "status": "Failure", "reason": "Unauthorized", "code": 401}
        return 401, "application/json", json.dumps({**status, "message": "Unauthorized"}).encode()
    documents: dict[str, Any] = {
        "/version": {"gitVersion": "v1.33.0", "major": "1", "minor": "33"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "groups": []},
        "/api/v1": RESOURCES,
        "/api/v1/namespaces/shop/pods": {
            "kind": "PodList",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": "1"},
            "items": [POD],
        },
        "/api/v1/namespaces/shop/pods/web": POD,
        "/reviews": {"ok": True},
    }
    document = documents.get(path.split("?")[0])
    if document is None:
        missing = {"kind": "Status", "reason": "NotFound", "message": f"{path} not found"}
        return 404, "application/json", json.dumps({**missing, "code": 404}).encode()
    return 200, "application/json", json.dumps(document).encode()
