"""A recording API server: discovery and small answers for a few groups, and a list of what was asked.

Only for watching which requests kubectl makes; it keeps no state and is no simulator.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tools.kubectl.resources import Resource, builtins

DISCOVERY = ("/api", "/apis", "/version", "/openapi")
VERSIONS = {"autoscaling": "v2", "metrics.k8s.io": "v1beta1"}
SERVED_GROUPS = frozenset(
    {
        "",
        "apps",
        "batch",
        "autoscaling",
        "networking.k8s.io",
        "policy",
        "storage.k8s.io",
        "discovery.k8s.io",
    }
    | {"metrics.k8s.io", "coordination.k8s.io", "apiextensions.k8s.io"}
)
ALL = ("pods", "services", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs")
"""Kinds in the category `all` here."""
REVIEW_KINDS = {
    "selfsubjectaccessreviews": "SelfSubjectAccessReview",
    "selfsubjectrulesreviews": "SelfSubjectRulesReview",
    "selfsubjectreviews": "SelfSubjectReview",
}
METRICS = (
    Resource("pods", "pod", "metrics.k8s.io", "PodMetrics", True, ()),
    Resource("nodes", "node", "metrics.k8s.io", "NodeMetrics", False, ()),
)


class Asked(NamedTuple):
    """One request that was not discovery."""

    method: str
    group: str
    resource: str
    """Plural, with `/log`, `/scale` behind it for a subresource."""
    namespace: str | None
    name: str | None


class ApiProbe:
    """The server on a free port of 127.0.0.1, in background threads."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.other: list[str] = []
        """Requests that are neither discovery nor an object's path."""
        probe = self

        class Handler(_Handler):
            owner = probe

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> ApiProbe:
        self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def kubeconfig(self) -> str:
        """A kubeconfig whose context's namespace is `fallback`."""
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "probe",
                "clusters": [{"name": "probe", "cluster": {"server": self.url}}],
                "users": [{"name": "probe", "user": {}}],
                "contexts": [
                    {
                        "name": "probe",
                        "context": {"cluster": "probe", "user": "probe", "namespace": "fallback"},
                    }
                ],
            }
        )


class _Handler(BaseHTTPRequestHandler):
    owner: ApiProbe
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the tests read `asked`."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        found = _discovery(url.path)
        if found is None:
            asked = _parse(method, url.path)
            if asked is None:
                self.owner.other.append(f"{method} {url.path}")
                self._send(
                    404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}
                )
                return
            self.owner.asked.append(asked)
            if query.get("watch"):
                self._send_text("", "application/json")
                return
            if asked.resource.endswith("/log"):
                self._send_text("a line\n")
                return
            found = _object_or_list(asked, query)
        self._send(201 if method == "POST" else 200, found)

    def _send(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_text(self, text: str, kind: str = "text/plain") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def served() -> tuple[Resource, ...]:
    """The kinds that discovery lists."""
    return tuple(r for r in (*builtins(), *METRICS) if r.group in SERVED_GROUPS)


def _version(group: str) -> str:
    return VERSIONS.get(group, "v1")


def _discovery(path: str) -> dict[str, Any] | None:
    groups = sorted(SERVED_GROUPS - {""})
    if path == "/version":
        return {"major": "1", "minor": "32", "gitVersion": "v1.32.0", "platform": "linux/amd64"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        listed = []
        for group in groups:
            entry = {"groupVersion": f"{group}/{_version(group)}", "version": _version(group)}
            listed.append({"name": group, "versions": [entry], "preferredVersion": entry})
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
    for group in ("", *groups):
        version = _version(group)
        if path == (f"/apis/{group}/{version}" if group else "/api/v1"):
            resources = [
                {
                    "name": r.plural,
                    "singularName": r.singular,
                    "namespaced": r.namespaced,
                    "kind": r.kind,
                    "shortNames": list(r.shorts),
                    "categories": ["all"] if r.plural in ALL else [],
                    "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"],
                }
                for r in served()
                if r.group == group
            ]
            name = f"{group}/{version}" if group else version
            return {
                "kind": "APIResourceList",
                "apiVersion": "v1",
                "groupVersion": name,
                "resources": resources,
            }
    return None


def _parse(method: str, path: str) -> Asked | None:
    parts = path.strip("/").split("/")
    if parts[:2] == ["api", "v1"]:
        group, rest = "", parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, rest = parts[1], parts[3:]
    else:
        return None
    namespace = None
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    if not rest:
        return None
    resource = rest[0] if len(rest) < 3 else f"{rest[0]}/{rest[2]}"
    return Asked(method, group, resource, namespace, rest[1] if len(rest) > 1 else None)


def _object_or_list(asked: Asked, query: dict[str, list[str]]) -> dict[str, Any]:
    known = next(
        (r for r in served() if (r.group, r.plural) == (asked.group, asked.resource)), None
    )
    kind = known.kind if known else "Unknown"
    version = f"{asked.group}/{_version(asked.group)}" if asked.group else "v1"
    if asked.method == "POST":
        kind = REVIEW_KINDS.get(asked.resource, kind)
        return {"kind": kind, "apiVersion": version, "status": {"allowed": True}}
    if asked.name is not None:
        return _object(kind, version, asked.name, asked.namespace)
    items = []
    wanted = [field for text in query.get("fieldSelector", []) for field in text.split(",")]
    named = next((f.partition("=")[2] for f in wanted if f.startswith("metadata.name=")), None)
    if named or asked.resource == "pods":
        items = [_object(kind, version, named or "web-1", asked.namespace or "shop")]
    return {
        "kind": f"{kind}List",
        "apiVersion": version,
        "metadata": {"resourceVersion": "1"},
        "items": items,
    }


def _object(kind: str, version: str, name: str, namespace: str | None) -> dict[str, Any]:
    """One object with what kubectl needs to see a finished rollout and a running pod."""
    labels = {"app": "web"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "app", "image": "x"}]},
    }
    metadata = {"name": name, "uid": "u", "resourceVersion": "1", "generation": 1, "labels": labels}
    if namespace:
        metadata["namespace"] = namespace
    if kind == "Pod":
        status: dict[str, Any] = {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "app", "ready": True, "state": {"running": {}}}],
        }
        return {
            "kind": kind,
            "apiVersion": version,
            "metadata": metadata,
            "spec": template["spec"],
            "status": status,
        }
    if kind not in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"):
        return {"kind": kind, "apiVersion": version, "metadata": metadata}
    counts = (
        "replicas",
        "readyReplicas",
        "updatedReplicas",
        "availableReplicas",
        "currentReplicas",
    )
    daemons = ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady")
    spec: dict[str, Any] = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": template,
    }
    spec["updateStrategy"] = {"type": "RollingUpdate"}
    status = {"observedGeneration": 1, **dict.fromkeys((*counts, *daemons), 1)}
    return {
        "kind": kind,
        "apiVersion": version,
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }
