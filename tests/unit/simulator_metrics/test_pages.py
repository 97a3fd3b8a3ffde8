"""The three pages: the format, what they say of a scenario's cluster, and how fast."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.scenario import load
from sandbox.simulator.engine import Engine, still
from sandbox.simulator.launch import populate
from sandbox.simulator.metrics import cadvisor, exposition, kubelet
from sandbox.simulator.metrics.families import FAMILIES, KUBELET, STATE
from sandbox.simulator.metrics.page import Page, labels
from tests.metric_history import runs
from tests.promtool_rules import needs_promtool, promtool
from tests.recorded_cluster import recorded_store
from tests.recording import load as load_recording

PRESENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ODD = {
    "kubelet_certificate_manager_client_expiration_renew_errors",
    "kubelet_evictions",
    "kubelet_server_expiration_renew_errors",
}
"""Counters whose real names break Prometheus' own convention."""
SECONDS = 0.02
"""The longest a scrape may take."""


@cache
def _cluster(id: str, seed: int) -> Engine:
    return populate(load(id, seed), PRESENT)


def own(id: str, seed: int = 0) -> Engine:
    """A scenario's cluster that the test may change."""
    return populate(load(id, seed), PRESENT)


def samples(page: str, name: str) -> list[tuple[dict[str, str], float]]:
    """The samples of one metric."""
    found = []
    for line in page.splitlines():
        match = re.fullmatch(re.escape(name) + r"(?:\{(.*)\})? (\S+)", line)
        if match:
            pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[1] or "")
            found.append((dict(pairs), float(match[2])))
    return found


def one(page: str, name: str, **wanted: str) -> float:
    """The value of the only sample with these labels."""
    values = [value for found, value in samples(page, name) if wanted.items() <= found.items()]
    assert len(values) == 1, (name, wanted, values)
    return values[0]


@needs_promtool
@pytest.mark.parametrize("id", ["crash-missing-env", "job-failed", "pvc-pending", "quota-no-pods"])
@pytest.mark.parametrize("seed", [0, 7])
def test_the_format_is_prometheus_own(id: str, seed: int) -> None:
    engine = _cluster(id, seed)
    for page in (
        exposition.exposition(engine),
        kubelet.exposition(engine),
        cadvisor.exposition(engine),
    ):
        text = promtool("check", "metrics", stdin=page).text
        complaints = set(text.strip().splitlines())
        assert complaints <= {f'{name} counter metrics should have "_total" suffix' for name in ODD}


def test_no_series_twice() -> None:
    engine = _cluster("image-not-found", 7)
    for page in (
        exposition.exposition(engine),
        kubelet.exposition(engine),
        cadvisor.exposition(engine),
    ):
        names = [line.rpartition(" ")[0] for line in page.splitlines() if line[0] != "#"]
        assert len(names) == len(set(names))


def test_a_scrape_is_quick() -> None:
    engine = _cluster("image-not-found", 7)
    best = 9.0
    for _ in range(5):
        start = time.perf_counter()
        exposition.exposition(engine, 3.0)
        cadvisor.exposition(engine)
        kubelet.exposition(engine)
        best = min(best, time.perf_counter() - start)
    assert best < SECONDS


def test_a_crashing_container() -> None:
    engine = _cluster("crash-missing-env", 0)
    page = exposition.exposition(engine)
    namespace = load("crash-missing-env", 0).namespace
    pod = engine.store.list("pods", namespace)[0]
    name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
    status = pod["status"]["containerStatuses"][0]
    where = {"namespace": namespace, "pod": name, "uid": uid}
    box = {**where, "container": status["name"]}
    assert one(page, "kube_pod_container_status_restarts_total", **box) == status["restartCount"]
    assert one(page, "kube_pod_container_status_running", **box) == 0
    last = {**box, "reason": "Error"}
    assert one(page, "kube_pod_container_status_last_terminated_reason", **last) == 1
    assert one(page, "kube_pod_container_status_last_terminated_exitcode", **box) != 0
    assert one(page, "kube_pod_status_phase", **where, phase="Running") == 1
    assert one(page, "kube_pod_status_phase", **where, phase="Pending") == 0
    assert one(page, "kube_pod_owner", **where, owner_kind="ReplicaSet") == 1
    assert one(page, "kube_pod_info", **where, node=pod["spec"]["nodeName"]) == 1


def test_a_failed_job() -> None:
    page = exposition.exposition(_cluster("job-failed", 0))
    assert one(page, "kube_job_failed", condition="true") == 1
    assert one(page, "kube_job_status_failed", reason="BackoffLimitExceeded") == 1
    assert one(page, "kube_job_status_active") == 0


def test_a_full_quota() -> None:
    page = exposition.exposition(_cluster("quota-no-pods", 0))
    hard = one(page, "kube_resourcequota", resource="pods", type="hard")
    assert one(page, "kube_resourcequota", resource="pods", type="used") <= hard


def test_a_pending_claim() -> None:
    page = exposition.exposition(_cluster("pvc-pending", 0))
    assert one(page, "kube_persistentvolumeclaim_status_phase", phase="Pending") == 1
    assert one(page, "kube_persistentvolumeclaim_access_mode", access_mode="ReadWriteOnce") == 1
    assert one(page, "kube_statefulset_status_replicas_ready") == 0


def test_times_are_moved_and_nothing_else_is() -> None:
    engine = _cluster("job-failed", 0)
    plain, moved = (exposition.exposition(engine, shift).splitlines() for shift in (0, 1000))
    changed = set()
    for old, new in zip(plain, moved, strict=True):
        if old != new:
            changed.add(old.partition("{")[0])
            assert float(new.rpartition(" ")[2]) == float(old.rpartition(" ")[2]) + 1000
    assert "kube_job_status_start_time" in changed
    assert all(name.endswith(("_created", "_time", "_started", "_timestamp")) for name in changed)
    start = one("\n".join(plain), "kube_job_status_start_time")
    assert 0 < PRESENT.timestamp() - start < 3600


def test_a_recorded_cluster_has_pages_too() -> None:
    engine = still(recorded_store(load_recording("crash-missing-env")))
    assert samples(exposition.exposition(engine), "kube_pod_info")
    assert (
        kubelet.exposition(engine) == cadvisor.exposition(engine) == ""
    )  # nodes were not recorded


@pytest.mark.parametrize(
    ("id", "grows"),
    [("crash-missing-env", "restarts_total"), ("healthy", "cpu_usage_seconds_total")],
)
def test_counters_only_grow(id: str, grows: str) -> None:
    engine = own(id, 7)
    seen: dict[str, float] = {}
    for _ in range(40):
        engine.advance(15)
        text = exposition.exposition(engine) + kubelet.exposition(engine)
        for line in (text + cadvisor.exposition(engine)).splitlines():
            name = re.match(r"[\w:]+", line)
            if name is None or FAMILIES[name[0]].type != "counter":
                continue
            series, _, value = line.rpartition(" ")
            assert float(value) >= seen.get(series, 0.0), line
            seen[series] = float(value)
    assert any(value > 3 for series, value in seen.items() if grows in series)


def test_cpu_seconds_are_what_the_program_uses() -> None:
    engine = own("healthy")
    before = dict(_by_pod(cadvisor.exposition(engine)))
    engine.advance(1000)
    after = dict(_by_pod(cadvisor.exposition(engine)))
    assert before
    assert before.keys() == after.keys()
    for pod, seconds in after.items():
        assert 0.1 < seconds - before[pod] < 1000, pod


def _by_pod(page: str) -> list[tuple[str, float]]:
    found = samples(page, "container_cpu_usage_seconds_total")
    return [(labels["pod"], value) for labels, value in found]


def test_a_kubelet_asked_alone_speaks_of_its_own_pods() -> None:
    engine = _cluster("image-not-found", 7)
    whole = samples(kubelet.exposition(engine), "kubelet_running_pods")
    names = [node["metadata"]["name"] for node in engine.store.list("nodes")]
    alone = [one(kubelet.exposition(engine, name), "kubelet_running_pods") for name in names]
    assert [value for _, value in whole] == alone
    assert [found["node"] for found, _ in whole] == names
    running = sum(
        any("running" in c["state"] for c in pod["status"].get("containerStatuses", []))
        for pod in engine.store.list("pods")
    )
    assert sum(alone) == running


def test_a_dead_kubelet_does_not_answer() -> None:
    engine = own("healthy")
    node = engine.store.list("nodes")[0]
    conditions = [
        {**item, "status": "Unknown"} if item["type"] == "Ready" else item
        for item in node["status"]["conditions"]
    ]
    engine.set_status(node, {**node["status"], "conditions": conditions})
    name = node["metadata"]["name"]
    for page in (kubelet.exposition, cadvisor.exposition):
        with pytest.raises(kubelet.NoAnswerError):
            page(engine, name)
        with pytest.raises(kubelet.NoAnswerError):
            page(engine, "no-such-node")
    assert name not in kubelet.exposition(engine)


def test_certificates_are_renewed_in_time() -> None:
    engine = own("healthy")
    for days in (0, 200, 100, 400):
        engine.clock.advance_to(engine.now + timedelta(days=days))
        for side in ("client", "server"):
            page = kubelet.exposition(engine)
            left = one(page, f"kubelet_certificate_manager_{side}_ttl_seconds")
            assert 7 * 86400 < left <= 365 * 86400


def test_every_family_is_of_one_kind() -> None:
    assert not set(STATE) & set(KUBELET)
    for name, family in FAMILIES.items():
        assert family.type in ("gauge", "counter"), name
        assert family.help.endswith("."), name


def test_an_unknown_metric_is_a_mistake() -> None:
    page = Page()
    page.add("kube_unheard_of", "", 1)
    with pytest.raises(KeyError):
        page.text()


@needs_promtool
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_label_value_survives(value: str) -> None:
    page = Page()
    page.add("kube_configmap_info", labels(namespace=value), 1)
    line = page.text().split("\n", 2)[2].removesuffix("\n")
    inside = line.removeprefix('kube_configmap_info{namespace="').removesuffix('"} 1')
    assert "\n" not in inside
    assert re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], inside) == value


@given(st.lists(st.sampled_from(["_", "0", "1", "2.5"]), max_size=30))
def test_the_notation_of_promtool_comes_back(values: list[str]) -> None:
    back: list[str] = []
    for part in runs(values).split():
        value, _, times = part.partition("x")
        back += [value] * (int(times or 1) if value == "_" else int(times or 0) + 1)
    assert back == values
