"""Reads, reviews, logs, watches and refusals, request by request."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.simulator.access import Rule
from sandbox.simulator.logs import LogAnswer, LogQuery
from sandbox.simulator.store import Store
from tests.simulated_api import TABLE, Caller

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Lines:
    """A LogSource that shows what it was asked."""

    def log(self, query: LogQuery) -> LogAnswer:
        where = f"{query.namespace}/{query.pod}/{query.container}"
        return LogAnswer(200, f"{where} {query.previous} {query.tail} {query.timestamps}\n")


def pod(name: str, *, phase: str = "Running", node: str = "n1", **labels: str) -> dict[str, Any]:
    state: dict[str, Any] = {"running": {"startedAt": "2026-11-23T01:00:00Z"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": labels},
        "spec": {"nodeName": node, "containers": [{"name": "app", "image": "a:1"}]},
        "status": {
            "phase": phase,
            "containerStatuses": [{"name": "app", "ready": True, "state": state}],
        },
    }


@pytest.fixture
def store() -> Store:
    store = Store(lambda: AT)
    for name, tier in (("a", "web"), ("b", "web"), ("c", "db")):
        store.put(pod(name, tier=tier))
    return store


@pytest.fixture
def call(store: Store) -> Caller:
    return Caller(store, Lines())


def names(body: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in body["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("labelSelector=tier%3Dweb", "ab"),
        ("labelSelector=tier!=web", "c"),
        ("labelSelector=tier+in+(db,+x)", "c"),
        ("labelSelector=tier+notin+(db)", "ab"),
        ("labelSelector=tier,!gone", "abc"),
        ("labelSelector=!tier", ""),
        ("fieldSelector=metadata.name%3Db", "b"),
        ("fieldSelector=metadata.name!%3Db,status.phase%3DRunning", "ac"),
        ("fieldSelector=spec.nodeName%3Dn2", ""),
        ("labelSelector=tier%3Dweb&fieldSelector=metadata.name%3Dc", ""),
        ("limit=0", "abc"),
    ],
)
def test_selectors(call: Caller, query: str, found: str) -> None:
    assert names(call(f"/api/v1/pods?{query}").body) == list(found)


def test_unsupported_and_broken_selectors_are_refused_in_words(call: Caller) -> None:
    answer = call("/api/v1/namespaces/shop/pods?fieldSelector=spec.foo%3D1")
    assert answer.status == 400
    assert answer.body["message"] == (
        'Unable to find "/v1, Resource=pods" that match label selector "", '
        'field selector "spec.foo=1": field label not supported: spec.foo'
    )
    for query in ("labelSelector=a%3D%3D%3Db", "labelSelector=a,,b", "fieldSelector=x", "limit=-1"):
        assert call(f"/api/v1/pods?{query}").status == 400


def test_pages_cover_the_list_once(call: Caller) -> None:
    seen: list[str] = []
    path = "/api/v1/namespaces/shop/pods?limit=2"
    while True:
        body = call(path).body
        seen += names(body)
        if "continue" not in body["metadata"]:
            break
        assert body["metadata"]["remainingItemCount"] == 1
        path = f"/api/v1/namespaces/shop/pods?limit=2&continue={body['metadata']['continue']}"
    assert seen == ["a", "b", "c"]
    assert call("/api/v1/pods?continue=%21").status == 400


def test_forms(call: Caller) -> None:
    path = "/api/v1/namespaces/shop/pods"
    partial = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
    body = call(path, accept=partial).body
    assert (body["kind"], body["apiVersion"]) == ("PartialObjectMetadataList", "meta.k8s.io/v1")
    assert set(body["items"][0]) == {"kind", "apiVersion", "metadata"}
    table = call(f"{path}?includeObject=Object", accept=TABLE).body
    assert table["rows"][0]["object"]["spec"]["nodeName"] == "n1"
    assert call(f"{path}/a?includeObject=None", accept=TABLE).body["rows"][0]["object"] is None
    assert call(path, accept="application/vnd.kubernetes.protobuf").status == 406
    assert call(path, accept="application/vnd.kubernetes.protobuf,application/json").status == 200
    assert "apiVersion" not in call(path).body["items"][0]


@pytest.mark.parametrize("token", [None, "wrong", ""])
def test_tokens(call: Caller, token: str | None) -> None:
    answer = call("/api/v1/pods", token=token)
    assert answer.status == 401
    assert answer.body["reason"] == "Unauthorized"


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/api/v1/podz", 404, "NotFound"),
        ("GET", "/api/v1/namespaces/shop/nodes", 404, "NotFound"),
        ("GET", "/api/v1/pods/a", 404, "NotFound"),
        ("GET", "/api/v1/namespaces/shop/pods/a/nothing", 404, "NotFound"),
        ("GET", "/api/v1/namespaces/shop/pods/none/log", 404, "NotFound"),
        ("GET", "/api/v1/namespaces/shop/pods/a/exec", 400, "BadRequest"),
        ("DELETE", "/api/v1/namespaces/shop/pods/none", 404, "NotFound"),
        ("PATCH", "/api/v1/namespaces/shop/pods/a", 415, "UnsupportedMediaType"),
        ("POST", "/api/v1/namespaces/shop/pods", 400, "BadRequest"),
        ("POST", "/api/v1/namespaces/shop/pods/a", 405, "MethodNotAllowed"),
        ("BREW", "/api/v1/namespaces/shop/pods", 405, "MethodNotAllowed"),
        ("POST", "/version", 405, "MethodNotAllowed"),
    ],
)
def test_refusals(call: Caller, method: str, path: str, status: int, reason: str) -> None:
    answer = call(path, method)
    assert (answer.status, answer.body["reason"]) == (status, reason)
    assert answer.body["code"] == status


@pytest.mark.parametrize("path", ["/nothing", "/apis/foo.dev", "/api/v2", "/openapi/v3/x/y"])
def test_paths_of_nobody_are_plain_text(call: Caller, path: str) -> None:
    answer = call(path)
    assert (answer.status, answer.body) == (404, "404 page not found\n")


def test_logs(call: Caller, store: Store) -> None:
    path = "/api/v1/namespaces/shop/pods/a/log"
    assert call(f"{path}?tailLines=5").body == "shop/a/app False 5 False\n"
    assert call(f"{path}?container=x").body["message"] == "container x is not valid for pod a"
    gone = call(f"{path}?previous=true")
    assert gone.body["message"] == 'previous terminated container "app" in pod "a" not found'
    waiting = pod("w")
    waiting["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "ImagePullBackOff"}}
    store.put(waiting)
    store.put(pod("pending", node=""))
    two = pod("two")
    two["spec"]["containers"].append({"name": "proxy"})
    store.put(two)
    answers = {
        name: call(f"/api/v1/namespaces/shop/pods/{name}/log") for name in ("w", "pending", "two")
    }
    words = 'container "app" in pod "w" is waiting to start: trying and failing to pull image'
    assert answers["w"].body["message"] == words
    assert (answers["pending"].status, answers["pending"].body) == (200, "")
    wanted = "a container name must be specified for pod two, choose one of: [app proxy]"
    assert answers["two"].body["message"] == wanted


RULES = [
    Rule(("get", "list"), ("",), ("pods",), ("shop",)),
    Rule(("list",), ("apps",), ("deployments",)),
]


def test_rbac_refuses_in_the_servers_words(store: Store) -> None:
    call = Caller(store, rbac=RULES)
    assert call("/api/v1/namespaces/shop/pods").status == 200
    assert call("/apis/apps/v1/deployments").status == 200
    expected = {
        "/api/v1/pods": 'pods is forbidden: User "jane" cannot list resource "pods" '
        'in API group "" at the cluster scope',
        "/api/v1/namespaces/shop/pods/a/log": 'pods "a" is forbidden: User "jane" cannot get '
        'resource "pods/log" in API group "" in the namespace "shop"',
        "/apis/apps/v1/namespaces/shop/deployments/x": 'deployments.apps "x" is forbidden: '
        'User "jane" cannot get resource "deployments" in API group "apps" '
        'in the namespace "shop"',
        "/api/v1/namespaces/shop/pods?watch=1": 'pods is forbidden: User "jane" cannot watch '
        'resource "pods" in API group "" in the namespace "shop"',
    }
    for path, message in expected.items():
        answer = call(path)
        assert (answer.status, answer.body["message"]) == (403, message)
    details = call("/apis/apps/v1/namespaces/shop/deployments/x").body["details"]
    assert details == {"name": "x", "group": "apps", "kind": "deployments"}
    assert call("/api").status == 200


def test_rbac_reviews(store: Store) -> None:
    call = Caller(store, rbac=RULES)

    def ask(**attributes: str) -> bool:
        body = {"spec": {"resourceAttributes": attributes}}
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return bool(call(path, "POST", body=body).body["status"]["allowed"])

    assert ask(verb="get", resource="pods", namespace="shop")
    assert not ask(verb="get", resource="pods", namespace="other")
    assert not ask(verb="delete", resource="pods", namespace="shop")
    rules = call(
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        "POST",
        body={"spec": {"namespace": "other"}},
    ).body["status"]
    assert {"verbs": ["list"], "apiGroups": ["apps"], "resources": ["deployments"]} in rules[
        "resourceRules"
    ]
    assert not any("pods" in rule["resources"] for rule in rules["resourceRules"])
    empty = call("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "POST", body={"x": 1})
    assert (empty.status, empty.body["reason"]) == (422, "Invalid")
    me = call("/apis/authentication.k8s.io/v1/selfsubjectreviews", "POST", body={"x": 1}).body
    assert me["status"]["userInfo"]["username"] == "jane"


def test_two_views_of_events_and_autoscalers(store: Store, call: Caller) -> None:
    meta = {"name": "e", "namespace": "shop"}
    store.put(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": meta,
            "involvedObject": {"kind": "Pod", "name": "a"},
            "message": "m",
        }
    )
    store.put(
        {
            "apiVersion": "autoscaling/v1",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "h", "namespace": "shop"},
            "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 80},
        }
    )
    path = "/apis/events.k8s.io/v1/namespaces/shop/events"
    (event,) = call(f"{path}?fieldSelector=regarding.name%3Da").body["items"]
    assert (event["note"], event["regarding"]["name"]) == ("m", "a")
    assert names(call("/api/v1/events?fieldSelector=involvedObject.name%3Da").body) == ["e"]
    autoscalers = {
        version: call(f"/apis/autoscaling/{version}/horizontalpodautoscalers").body["items"][0]
        for version in ("v1", "v2")
    }
    assert autoscalers["v1"]["spec"]["targetCPUUtilizationPercentage"] == 80
    metric = autoscalers["v2"]["spec"]["metrics"][0]["resource"]
    assert metric["target"]["averageUtilization"] == 80


def test_scale_and_status(store: Store, call: Caller) -> None:
    store.put(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": 3, "selector": {"matchLabels": {"b": "2", "a": "1"}}},
            "status": {"replicas": 2},
        }
    )
    scale = call("/apis/apps/v1/namespaces/shop/deployments/web/scale").body
    assert scale["spec"] == {"replicas": 3}
    assert scale["status"] == {"replicas": 2, "selector": "a=1,b=2"}
    status = call("/apis/apps/v1/namespaces/shop/deployments/web/status").body
    assert status["kind"] == "Deployment"


def watch(call: Caller, store: Store, query: str, *writes: dict[str, Any]) -> list[Any]:
    """Everything a one-second watch shows while these objects are written."""

    async def run() -> list[bytes]:
        answer = call(f"/api/v1/namespaces/shop/pods?watch=1&timeoutSeconds=1{query}").raw
        assert answer.stream is not None
        lines = []
        stream = answer.stream()
        writer = asyncio.get_running_loop().call_later(
            0.05, lambda: [store.put(obj) for obj in writes]
        )
        async for line in stream:
            lines.append(line)
            if len(lines) > 20:
                break
        writer.cancel()
        return lines

    return [json.loads(line) for line in asyncio.run(run())]


def seen(events: list[Any]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]


def test_a_watch_from_now_shows_what_happens(call: Caller, store: Store) -> None:
    version = store.version
    events = watch(
        call,
        store,
        f"&resourceVersion={version}&labelSelector=tier%3Dweb",
        pod("d", tier="web"),
        pod("a", tier="db"),
        pod("c", tier="db", x="y"),
    )
    assert seen(events) == [("ADDED", "d"), ("DELETED", "a")]


def test_a_watch_without_version_shows_the_present_first(call: Caller, store: Store) -> None:
    events = watch(call, store, "", pod("a", phase="Failed", tier="web"))
    assert seen(events) == [("ADDED", "a"), ("ADDED", "b"), ("ADDED", "c"), ("MODIFIED", "a")]


def test_watch_list_ends_its_initial_events_with_a_bookmark(call: Caller, store: Store) -> None:
    query = (
        "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        "&allowWatchBookmarks=true&resourceVersion="
    )
    events = watch(call, store, query)
    assert [event["type"] for event in events][:4] == ["ADDED"] * 3 + ["BOOKMARK"]
    meta = events[3]["object"]["metadata"]
    assert meta["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert meta["resourceVersion"] == str(store.version)
    assert call("/api/v1/pods?watch=1&sendInitialEvents=true").status == 422
