"""The pages behind the API server: paths, token, access, a node that does not answer."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.scenario import load
from sandbox.simulator.access import Rule
from sandbox.simulator.launch import populate
from sandbox.simulator.metrics.page import CONTENT_TYPE
from sandbox.simulator.store import Store
from tests.simulated_api import Caller

PRESENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def healthy() -> Store:
    return populate(load("healthy"), PRESENT).store


def test_paths() -> None:
    call = Caller(healthy())
    for path, name in (
        ("/metrics", "kube_pod_info"),
        ("/metrics/kubelet", "kubelet_running_pods"),
        ("/metrics/cadvisor", "container_memory_working_set_bytes"),
    ):
        answer = call(path)
        assert (answer.status, answer.type) == (200, CONTENT_TYPE)
        assert name in answer.body
    assert call("/metrics/else").status == 404
    assert call("/metrics", method="POST").status == 405


def test_one_node() -> None:
    store = healthy()
    node = store.list("nodes")[0]["metadata"]["name"]
    call = Caller(store)
    assert f'kubelet_node_name{{node="{node}"}} 1' in call(f"/metrics/kubelet?node={node}").body
    answer = call("/metrics/kubelet?node=gone")
    assert answer.status == 503
    assert "gone" in answer.body


def test_token_and_access() -> None:
    store = healthy()
    assert Caller(store)("/metrics", token=None).status == 401
    reader = Rule(("get", "list"), ("",), ("pods",))
    assert Caller(store, rbac=[reader])("/metrics").status == 403
