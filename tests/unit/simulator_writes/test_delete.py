"""DELETE: grace, finalizers, propagation, preconditions, collections, evictions."""

from __future__ import annotations

import pytest

from tests.live_cluster import CORE, DEPLOYMENTS, MERGE, Live, deployment, pod


@pytest.fixture
def live() -> Live:
    return Live()


def test_what_goes_at_once_answers_with_a_status(live: Live) -> None:
    uid = live.made(f"{CORE}/configmaps", {"metadata": {"name": "a"}})["metadata"]["uid"]
    answer = live("DELETE", f"{CORE}/configmaps/a")
    assert answer.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "a", "kind": "configmaps", "uid": uid},
    }
    assert live("DELETE", f"{CORE}/configmaps/a").code == 404


def test_a_running_pod_lingers_for_its_grace_period(live: Live) -> None:
    live.made(f"{CORE}/pods", pod())
    live.engine.advance(20)
    meta = live("DELETE", f"{CORE}/pods/p").body["metadata"]
    assert meta["deletionGracePeriodSeconds"] == 30
    assert meta["deletionTimestamp"] == "2026-11-23T02:00:50Z"
    assert live("GET", f"{CORE}/pods/p").code == 200
    live.engine.advance(60)
    assert live("GET", f"{CORE}/pods/p").code == 404


@pytest.mark.parametrize("how", ["query", "body"])
def test_a_pod_without_grace_goes_at_once(live: Live, how: str) -> None:
    live.made(f"{CORE}/pods", pod())
    live.engine.advance(20)
    if how == "query":
        live("DELETE", f"{CORE}/pods/p", query="gracePeriodSeconds=0")
    else:
        live("DELETE", f"{CORE}/pods/p", {"gracePeriodSeconds": 0})
    assert live("GET", f"{CORE}/pods/p").code == 404


def test_a_finalizer_holds_until_it_is_taken_away(live: Live) -> None:
    body = {"metadata": {"name": "a", "finalizers": ["x.dev/hold"]}}
    live.made(f"{CORE}/configmaps", body)
    left = live("DELETE", f"{CORE}/configmaps/a").body
    assert left["metadata"]["deletionTimestamp"]
    patch = {"metadata": {"finalizers": None}}
    assert live("PATCH", f"{CORE}/configmaps/a", patch, content_type=MERGE).code == 200
    assert live("GET", f"{CORE}/configmaps/a").code == 404


def test_preconditions(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    answer = live("DELETE", f"{DEPLOYMENTS}/web", {"preconditions": {"uid": "other"}})
    assert (answer.code, answer.body["reason"]) == (409, "Conflict")
    assert "the UID in the precondition (other) does not match the UID in record" in answer.text
    answer = live("DELETE", f"{DEPLOYMENTS}/web", {"preconditions": {"resourceVersion": "1"}})
    assert answer.code == 409
    uid = live("GET", f"{DEPLOYMENTS}/web").body["metadata"]["uid"]
    assert live("DELETE", f"{DEPLOYMENTS}/web", {"preconditions": {"uid": uid}}).code == 200


@pytest.mark.parametrize(
    ("policy", "pods_stay", "finalizer"),
    [
        ("Background", False, None),
        ("Foreground", False, "foregroundDeletion"),
        ("Orphan", True, "orphan"),
    ],
)
def test_what_becomes_of_dependents(
    live: Live, policy: str, pods_stay: bool, finalizer: str | None
) -> None:
    live.made(DEPLOYMENTS, deployment())
    live.engine.advance(20)
    answer = live("DELETE", f"{DEPLOYMENTS}/web", {"propagationPolicy": policy})
    assert answer.code == 200
    if finalizer:
        assert answer.body["metadata"]["finalizers"] == [finalizer]
    live.engine.advance(90)
    assert live("GET", f"{DEPLOYMENTS}/web").code == 404
    assert bool(live("GET", f"{CORE}/pods").body["items"]) is pods_stay


def test_options_that_contradict(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    both = {"propagationPolicy": "Orphan", "orphanDependents": True}
    assert live("DELETE", f"{DEPLOYMENTS}/web", both).code == 422
    answer = live("DELETE", f"{DEPLOYMENTS}/web", {"propagationPolicy": "Sideways"})
    assert 'propagationPolicy: Unsupported value: "Sideways"' in answer.body["message"]


def test_a_collection_goes_by_selector(live: Live) -> None:
    for name, tier in (("a", "x"), ("b", "x"), ("c", "y")):
        body = {"metadata": {"name": name, "labels": {"tier": tier}}}
        live.made(f"{CORE}/configmaps", body)
    answer = live("DELETE", f"{CORE}/configmaps", query="labelSelector=tier%3Dx")
    assert [item["metadata"]["name"] for item in answer.body["items"]] == ["a", "b"]
    left = {item["metadata"]["name"] for item in live("GET", f"{CORE}/configmaps").body["items"]}
    assert "c" in left
    assert not {"a", "b"} & left


def test_namespaces_go_slowly_and_some_never(live: Live) -> None:
    assert live("DELETE", "/api/v1/namespaces/kube-system").code == 403
    live.made("/api/v1/namespaces", {"metadata": {"name": "shop"}})
    live.made("/api/v1/namespaces/shop/configmaps", {"metadata": {"name": "a"}})
    assert live("DELETE", "/api/v1/namespaces/shop").body["status"]["phase"] == "Terminating"
    answer = live("POST", "/api/v1/namespaces/shop/pods", pod())
    assert answer.code == 403
    assert answer.body["message"] == (
        'pods "p" is forbidden: unable to create new content in namespace shop because it is being '
        "terminated"
    )
    assert answer.body["details"]["causes"] == [
        {
            "reason": "NamespaceTerminating",
            "message": "namespace shop is being terminated",
            "field": "metadata.namespace",
        }
    ]
    live.engine.advance(60)
    assert live("GET", "/api/v1/namespaces/shop").code == 404


def test_finalize_lets_a_namespace_go(live: Live) -> None:
    live.made("/api/v1/namespaces", {"metadata": {"name": "shop"}})
    live("DELETE", "/api/v1/namespaces/shop")
    body = {"metadata": {"name": "shop"}, "spec": {"finalizers": []}}
    assert live("PUT", "/api/v1/namespaces/shop/finalize", body).code == 200
    assert live("GET", "/api/v1/namespaces/shop").code == 404


def test_an_eviction_asks_the_budget(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    budget = {"metadata": {"name": "b"}, "spec": spec}
    live.made("/apis/policy/v1/namespaces/default/poddisruptionbudgets", budget)
    live.engine.advance(30)
    name = live("GET", f"{CORE}/pods").body["items"][0]["metadata"]["name"]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    answer = live("POST", f"{CORE}/pods/{name}/eviction", eviction)
    assert (answer.code, answer.body["reason"]) == (429, "TooManyRequests")
    assert answer.body["message"] == (
        "Cannot evict pod as it would violate the pod's disruption budget."
    )
    assert answer.body["details"]["causes"] == [
        {
            "reason": "DisruptionBudget",
            "message": "The disruption budget b needs 1 healthy pods and has 1 currently",
        }
    ]
    live("PATCH", f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 2}}, content_type=MERGE)
    live.engine.advance(30)
    assert live("POST", f"{CORE}/pods/{name}/eviction", eviction).code == 201
    assert live("GET", f"{CORE}/pods/{name}").body["metadata"]["deletionTimestamp"]


def test_a_binding_puts_a_pod_on_a_node_once(live: Live) -> None:
    live.made(f"{CORE}/pods", pod())
    target = {"target": {"kind": "Node", "name": "node1"}}
    assert live("POST", f"{CORE}/pods/p/binding", target).code == 201
    answer = live("POST", f"{CORE}/pods/p/binding", target)
    assert answer.code == 409
    assert answer.body["message"] == (
        'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "node1"'
    )
    assert live("GET", f"{CORE}/pods/p").body["metadata"]["generation"] == 1
