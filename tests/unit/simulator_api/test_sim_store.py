"""The store: versions, generations, snapshots, forks, the log of changes, CRDs, views."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.simulator.store import LOG_LIMIT, Store, UnknownKindError
from tests.simulated_api import crd

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def pod(name: str, namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


@pytest.fixture
def store() -> Store:
    return Store(lambda: AT)


def test_put_fills_what_a_server_fills(store: Store) -> None:
    made = store.put(pod("a"))
    meta = made["metadata"]
    assert meta["creationTimestamp"] == "2026-11-23T02:00:00Z"
    assert len(meta["uid"]) == 36
    assert meta["generation"] == 1
    assert meta["resourceVersion"] == str(store.version)
    assert store.get("pods", "shop", "a") is made


def test_generation_counts_spec_changes_only(store: Store) -> None:
    first = store.put(pod("a"))
    running = store.put({**first, "status": {"phase": "Running"}})
    assert running["metadata"]["generation"] == 1
    assert running["metadata"]["uid"] == first["metadata"]["uid"]
    moved = store.put({**running, "spec": {"nodeName": "n1"}})
    assert moved["metadata"]["generation"] == 2
    assert int(moved["metadata"]["resourceVersion"]) > int(running["metadata"]["resourceVersion"])


def test_an_equal_object_is_no_write(store: Store) -> None:
    made = store.put(pod("a"))
    before = store.version
    assert store.put(pod("a")) is made
    assert store.version == before


def test_list_is_sorted_and_scoped(store: Store) -> None:
    for name, namespace in (("b", "shop"), ("a", "shop"), ("z", "alpha")):
        store.put(pod(name, namespace))
    assert [o["metadata"]["name"] for o in store.list("pods")] == ["z", "a", "b"]
    assert [o["metadata"]["name"] for o in store.list("pods", "shop")] == ["a", "b"]
    assert store.list("apps/deployments") == []


def test_a_fork_and_a_snapshot_go_their_own_way(store: Store) -> None:
    store.put(pod("a"))
    snapshot = store.snapshot()
    other = store.fork()
    other.put(pod("b"))
    other.delete("pods", "shop", "a")
    store.put(pod("c"))
    assert [o["metadata"]["name"] for o in store.list("pods")] == ["a", "c"]
    assert [o["metadata"]["name"] for o in other.list("pods")] == ["b"]
    store.restore(snapshot)
    assert [o["metadata"]["name"] for o in store.list("pods")] == ["a"]


def test_the_same_writes_make_the_same_cluster() -> None:
    uids = []
    for _ in range(2):
        store = Store(lambda: AT, seed="7")
        uids.append([store.put(pod(name))["metadata"]["uid"] for name in "ab"])
    assert uids[0] == uids[1]
    assert Store(lambda: AT, seed="8").put(pod("a"))["metadata"]["uid"] != uids[0][0]


def test_changes_are_logged_and_announced(store: Store) -> None:
    heard: list[int] = []
    stop = store.subscribe(lambda: heard.append(store.version))
    start = store.version
    store.put(pod("a"))
    store.delete("pods", "shop", "a")
    stop()
    store.put(pod("b"))
    changes = store.changes(start, "pods")
    assert changes is not None
    assert [change.type for change in changes] == ["ADDED", "DELETED", "ADDED"]
    assert heard == [start + 1, start + 2]
    assert store.changes(start + 2, "apps/deployments") == []
    assert store.delete("pods", "shop", "none") is None


def test_old_changes_are_forgotten(store: Store) -> None:
    start = store.version
    for count in range(LOG_LIMIT + LOG_LIMIT // 10 + 2):
        store.put(pod("a", count=count))
    assert store.changes(start) is None
    recent = store.changes(store.version - 5)
    assert recent is not None
    assert len(recent) == 5


def test_foreign_objects_are_kept_as_they_are(store: Store) -> None:
    foreign = pod("a")
    foreign["metadata"].update(uid="u", resourceVersion="8709", creationTimestamp="x")
    store.load([foreign, pod("b")])
    assert store.get("pods", "shop", "a") == foreign
    other = store.get("pods", "shop", "b")
    assert other is not None
    assert int(other["metadata"]["resourceVersion"]) > 8709


def test_unknown_kinds_are_refused_until_a_crd_names_them(store: Store) -> None:
    widget = {"apiVersion": "foo.dev/v1", "kind": "Widget", "metadata": {"name": "w"}}
    with pytest.raises(UnknownKindError):
        store.put(widget)
    store.put(crd())
    store.put(widget)
    assert store.get("foo.dev/widgets", None, "w") is not None
    without = store.fork()
    without.delete("apiextensions.k8s.io/customresourcedefinitions", None, "widgets.foo.dev")
    with pytest.raises(UnknownKindError):
        without.put({**widget, "metadata": {"name": "v"}})


def test_events_are_stored_once_whatever_their_version(store: Store) -> None:
    store.put(
        {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": "e", "namespace": "shop"},
            "regarding": {"kind": "Pod", "name": "a"},
            "note": "hello",
            "reason": "Started",
        }
    )
    stored = store.get("events", "shop", "e")
    assert stored is not None
    assert stored["apiVersion"] == "v1"
    assert stored["involvedObject"] == {"kind": "Pod", "name": "a"}
    assert stored["message"] == "hello"
