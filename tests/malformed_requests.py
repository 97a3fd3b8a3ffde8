"""Requests that no honest client sends: a seeded generator over everything a request has."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any
from urllib.parse import quote

from sandbox.simulator import protobuf
from sandbox.simulator.http import Request, parse_query
from sandbox.simulator.resources import RESOURCES, Resource
from tests.simulated_api import TOKEN, crd

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW", "")
NAMES = (
    "web",
    "web-0",
    "default",
    "node1",
    "none",
    "kubernetes",
    "Bad_Name",
    "..",
    "%",
    "é",
    "a" * 300,
)
NAMESPACES = ("default", "shop", "kube-system", "none", "")
SUBS = (
    *[""] * 12,
    *["status"] * 3,
    "scale",
    "log",
    "exec",
    "eviction",
    "binding",
    "token",
    "finalize",
    "x",
)
MEDIA = (
    "application/json",
    "application/yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/apply-patch+cbor",
    "application/vnd.kubernetes.protobuf",
    "text/plain",
    "",
    "nonsense;;charset=",
)
ACCEPTS = (
    "application/json",
    "*/*",
    "",
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
    "application/vnd.kubernetes.protobuf",
    "text/html",
    ";;;=,",
)
QUERIES: dict[str, tuple[str, ...]] = {
    "allowWatchBookmarks": ("true", "2"),
    "container": ("c", "none", "\x00"),
    "continue": ("x", "e30", "eyJydiI6MX0", "eyJydiI6MWU5OTksInN0YXJ0IjpbMSwyXX0", "=" * 5000),
    "dryRun": ("All", "Some", ""),
    "fieldManager": ("me", "", "x" * 500, "\x07"),
    "fieldSelector": ("metadata.name=web", "spec.nope=1", "a=b=c", ",,,", "!"),
    "fieldValidation": ("Strict", "Warn", "Ignore", "Loud"),
    "force": ("true", "maybe"),
    "gracePeriodSeconds": ("0", "-1", "1e9", "9" * 40, "x"),
    "includeObject": ("Object", "None", "Everything"),
    "labelSelector": ("app=web", "a in (b", "!!", "a" * 3000, "x notin ()", "()()", "a>b"),
    "limit": ("1", "0", "-1", "x", "9" * 30),
    "limitBytes": ("1", "-5", "x"),
    "orphanDependents": ("true", "perhaps"),
    "propagationPolicy": ("Foreground", "Orphan", "Sideways"),
    "resourceVersion": ("0", "1", "99999999", "x", "-1"),
    "resourceVersionMatch": ("Exact", "NotOlderThan", "Roughly"),
    "sendInitialEvents": ("true",),
    "sinceSeconds": ("1", "-1", "x"),
    "sinceTime": ("2026-01-01T00:00:00Z", "yesterday"),
    "tailLines": ("5", "-5", "x"),
    "timeoutSeconds": ("1", "x", "-1"),
    "watch": ("true", "0", "x"),
}
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "\x00", "\ud83d", "é" * 50, "9" * 400, "1Zi"),
    *([], {}, [None], {"": None}, {"a": {"b": [1, "2"]}}, [[[[]]]], "2026-11-23T02:00:00Z"),
)


def requests(seed: int, number: int) -> list[Request]:
    """So many requests, the same for the same seed."""
    draw = Random(seed)
    return [_request(draw) for _ in range(number)]


def template(row: Resource) -> dict[str, Any]:
    """An object of a kind that a server would take, or nearly."""
    pod = {"containers": [{"name": "c", "image": "nginx:1", "ports": [{"containerPort": 80}]}]}
    labelled = {"metadata": {"labels": {"app": "web"}}, "spec": pod}
    selector = {"matchLabels": {"app": "web"}}
    workload = {"replicas": 1, "selector": selector, "template": labelled, "serviceName": "web"}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    known: dict[str, Any] = {
        "Pod": {"spec": pod},
        "Deployment": {"spec": workload},
        "ReplicaSet": {"spec": workload},
        "StatefulSet": {"spec": workload},
        "DaemonSet": {"spec": {"selector": selector, "template": labelled}},
        "Job": {"spec": {"template": {"spec": {**pod, "restartPolicy": "Never"}}}},
        "CronJob": {
            "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": labelled}}}
        },
        "Service": {"spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}},
        "ConfigMap": {"data": {"a": "b"}},
        "Secret": {"data": {"a": "Yg=="}, "type": "Opaque"},
        "PersistentVolumeClaim": {
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            }
        },
        "PersistentVolume": {
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "capacity": {"storage": "1Gi"},
                "hostPath": {"path": "/x"},
            }
        },
        "HorizontalPodAutoscaler": {"spec": {"maxReplicas": 3, "scaleTargetRef": target}},
        "PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": selector}},
        "ResourceQuota": {"spec": {"hard": {"pods": "5", "requests.cpu": "2"}}},
        "LimitRange": {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}},
        "NetworkPolicy": {"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}},
        "Ingress": {"spec": {"rules": [{"host": "a.b"}]}},
        "Role": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
        "Event": {"involvedObject": {"kind": "Pod", "name": "web"}, "reason": "x", "message": "y"},
        "CustomResourceDefinition": {"spec": crd()["spec"]},
        "Eviction": {"deleteOptions": {"gracePeriodSeconds": 1}},
    }
    meta = {"name": "web", "labels": {"app": "web"}}
    return {
        "apiVersion": row.api_version,
        "kind": row.kind,
        "metadata": meta,
        **known.get(row.kind, {}),
    }


def _request(draw: Random) -> Request:
    row = draw.choice(RESOURCES)
    method = draw.choices(METHODS, weights=(30, 90, 60, 90, 15, 2, 2, 2, 1))[0]
    query = "&".join(
        f"{quote(name)}={quote(draw.choice(QUERIES[name]))}"
        for name in draw.sample(list(QUERIES), draw.choice((0, 0, 1, 1, 2, 4)))
    )
    headers = {
        "authorization": f"Bearer {TOKEN}" if draw.random() > 0.01 else draw.choice(("", "Bearer")),
        "content-type": draw.choice(MEDIA[2:6] if method == "PATCH" else MEDIA[:2]),
        "accept": draw.choice(ACCEPTS) if draw.random() < 0.3 else "application/json",
        "user-agent": draw.choice(("kubectl/v1.33", "", "/", "\x00" * 10)),
    }
    if draw.random() < 0.05:
        headers["content-type"] = draw.choice(MEDIA)
    return Request(
        method, _path(draw, row, method), parse_query(query.encode()), headers, _body(draw, row)
    )


def _path(draw: Random, row: Resource, method: str) -> str:
    if draw.random() < 0.05:
        pieces = (
            "api",
            "apis",
            "v1",
            "openapi",
            "v3",
            "..",
            "",
            "é",
            "metrics",
            "version",
            "a" * 5000,
        )
        return "/" + "/".join(draw.choice(pieces) for _ in range(draw.randrange(7)))
    root = f"/apis/{row.api_version}" if row.group else f"/api/{row.api_version}"
    where = ""
    if row.namespaced and draw.random() > 0.03:
        where = f"/namespaces/{draw.choices(NAMESPACES, weights=(50, 1, 1, 1, 1))[0]}"
    if method == "POST" and draw.random() > 0.1:
        return f"{root}{where}/{row.plural}"
    sub = draw.choice(SUBS)
    name = draw.choices(NAMES, weights=(40, 2, *[1] * (len(NAMES) - 2)))[0]
    return f"{root}{where}/{row.plural}/{name}" + (f"/{sub}" if sub else "")


def _body(draw: Random, row: Resource) -> bytes:
    kind = draw.randrange(30)
    if kind == 0:
        return draw.randbytes(draw.randrange(200))
    if kind == 1:
        return protobuf.MAGIC + draw.randbytes(draw.randrange(200))
    if kind == 2:
        depth = draw.choice((50, 200, 3000, 100_000))
        return draw.choice((b'{"spec":', b"[", b'{"a":[')) * depth
    if kind == 3:
        return draw.choice(
            (b"", b"null", b"[]", b'"x"', b"{", b"NaN", b'{"a":1e999}', b'{"a":1,"a":2}')
        )
    if kind in (4, 5, 6):
        container = "/spec/template/spec/containers/0"
        operations = [
            {
                "op": draw.choice(("add", "remove", "replace", "move", "copy", "test", "fly")),
                "path": draw.choice(("/spec/replicas", "/metadata", "", "x", "/~2", container)),
                "from": draw.choice(("/metadata", "/none")),
                "value": draw.choice(ODD),
            }
            for _ in range(draw.randrange(4))
        ]
        return json.dumps(operations).encode()
    body = copy.deepcopy(template(row))
    for _ in range(draw.choice((0, 1, 1, 2, 3))):
        _spoil(draw, body)
    raw = json.dumps(body, ensure_ascii=draw.random() < 0.9).encode("utf-8", "surrogatepass")
    if draw.random() < 0.1:
        return raw[: draw.randrange(len(raw))]
    return raw.replace(b"web", b"\xff\xfe") if draw.random() < 0.03 else raw


def _spoil(draw: Random, value: Any) -> None:
    """Change one place somewhere inside."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = draw.choice(keys)
        inner = value[key]
        if isinstance(inner, dict | list) and inner and draw.random() < 0.8:
            value = inner
            continue
        if draw.random() < 0.2 and isinstance(value, dict):
            del value[key]
        else:
            value[key] = copy.deepcopy(draw.choice(ODD))
        return
