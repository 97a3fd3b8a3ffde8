"""Derived facts: near misses, selectors, capacity, changes; each names what it came from."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.derive import derive
from agent.derive.changes import difference
from agent.views import build_views
from tools.fact import Fact
from tools.objects import ObjectRef

SERVICE = ObjectRef(kind="Service", namespace="shop", name="cart")


def ref(kind: str, name: str, container: str | None = None) -> ObjectRef:
    return ObjectRef(kind=kind, namespace="shop", name=name, container=container)


def facts(*rows: tuple[ObjectRef, str, Any]) -> list[Fact]:
    return [
        Fact(id=f"m1.{number}", subject=subject, name=name, value=value)
        for number, (subject, name, value) in enumerate(rows, 1)
    ]


def test_env_near_miss_names_the_config_map_key() -> None:
    box = ref("Pod", "cart-1", "cart")
    index = derive(
        facts(
            (box, "log.missing_env", "DATABASE_URL"),
            (box, "spec.env_from", [{"kind": "ConfigMap", "name": "cart-config"}]),
            (ref("ConfigMap", "cart-config"), "configmap.keys", ["LOG_LEVEL", "DATABASE_URI"]),
        )
    ).index
    miss = index.fact(box, "env.near_miss")
    assert miss is not None
    assert miss.value == {
        "missing": "DATABASE_URL",
        "found": "DATABASE_URI",
        "source": "ConfigMap/shop/cart-config",
    }
    assert miss.derived_from == ["m1.1", "m1.3"]


def test_no_env_near_miss_when_nothing_is_alike() -> None:
    box = ref("Pod", "cart-1", "cart")
    index = derive(
        facts((box, "log.missing_env", "DATABASE_URL"), (box, "spec.env_names", ["TZ", "LANG"]))
    ).index
    assert index.fact(box, "env.near_miss") is None


def selector_case(selector: dict[str, str], *labels: dict[str, str]) -> Any:
    rows: list[tuple[ObjectRef, str, Any]] = [
        (SERVICE, "service.selector", selector),
        (SERVICE, "endpoints.ready", 0),
        (ref("Pod", "*"), "list.names", [f"p{n}" for n in range(len(labels))]),
    ]
    rows += [(ref("Pod", f"p{n}"), "object.labels", label) for n, label in enumerate(labels)]
    return derive(facts(*rows)).index


def test_selector_near_miss() -> None:
    index = selector_case({"app": "cart-api"}, {"app": "carts-api"}, {"app": "web"})
    assert index.value(SERVICE, "selector.matches") == 0
    assert index.mapping(SERVICE, "selector.near_miss")["found"] == "carts-api"
    assert index.value(SERVICE, "workload.broken") == "no-endpoints"


def test_selector_that_matches_has_backends_and_no_near_miss() -> None:
    index = selector_case({"app": "cart"}, {"app": "cart", "tier": "x"})
    assert index.value(SERVICE, "selector.matches") == 1
    assert index.items(SERVICE, "selector.backends") == ["Pod/p0"]
    assert index.fact(SERVICE, "selector.near_miss") is None


def test_selector_matches_are_not_counted_without_a_complete_list() -> None:
    rows = facts((SERVICE, "service.selector", {"app": "x"}), (SERVICE, "endpoints.ready", 0))
    assert derive(rows).index.fact(SERVICE, "selector.matches") is None


def test_service_without_selector_is_not_broken() -> None:
    rows = facts((SERVICE, "service.selector", {}), (SERVICE, "endpoints.ready", 0))
    assert derive(rows).index.fact(SERVICE, "workload.broken") is None


def test_change_of_the_newest_revision() -> None:
    deployment = ref("Deployment", "cart")
    rows: list[tuple[ObjectRef, str, Any]] = []
    for number, image in ((1, "cart:1"), (2, "cart:2")):
        child = ref("ReplicaSet", f"cart-{number}")
        rows += [
            (child, "object.owner", "Deployment/cart"),
            (child, "workload.revision", number),
            (child, "workload.template", {"containers": [{"name": "cart", "image": image}]}),
        ]
    index = derive(facts((deployment, "workload.desired", 1), *rows)).index
    change = index.mapping(deployment, "change.introduced")
    assert change["revision"] == 2
    assert change["changes"] == [
        {"path": "containers[cart].image", "before": "cart:1", "after": "cart:2"}
    ]


def test_replica_sets_of_one_revision_are_no_crash() -> None:
    rows: list[tuple[ObjectRef, str, Any]] = []
    for name in ("cart-b", "cart-a"):
        child = ref("ReplicaSet", name)
        rows += [
            (child, "object.owner", "Deployment/cart"),
            (child, "workload.template", {"containers": [{"name": "cart", "image": name}]}),
        ]
    deployment = ref("Deployment", "cart")
    index = derive(facts((deployment, "workload.desired", 1), *rows)).index
    change = index.mapping(deployment, "change.introduced")
    assert (change["previous"], change["revision"]) == (0, 0)


def test_restarted_once_and_steady_is_recovered_not_broken() -> None:
    pod, box = ref("Pod", "web-1"), ref("Pod", "web-1", "web")
    index = derive(
        facts(
            (pod, "pod.phase", "Running"),
            (pod, "pod.status", "Running"),
            (pod, "pod.ready", True),
            (box, "container.state", "running"),
            (box, "container.ready", True),
            (box, "container.restarts", 1),
            (box, "container.exit.code", 137),
            (box, "container.exit.seconds", 40),
            (box, "container.running.since", "2026-11-23T03:00:00Z"),
            (box, "container.exit.at", "2026-11-23T02:59:59Z"),
            (ref("Pod", "other"), "object.created", "2026-11-23T03:05:00Z"),
        )
    ).index
    assert index.value(pod, "workload.broken") is None
    assert index.value(pod, "workload.recovered") is True


def test_running_between_two_crashes_is_broken() -> None:
    pod, box = ref("Pod", "web-1"), ref("Pod", "web-1", "web")
    index = derive(
        facts(
            (pod, "pod.phase", "Running"),
            (pod, "pod.ready", True),
            (box, "container.state", "running"),
            (box, "container.ready", True),
            (box, "container.restarts", 4),
            (box, "container.exit.code", 137),
            (box, "container.exit.seconds", 5),
            (box, "container.running.since", "2026-11-23T03:00:00Z"),
            (ref("Pod", "other"), "object.created", "2026-11-23T03:00:04Z"),
        )
    ).index
    assert index.value(pod, "workload.broken") == "crash-loop"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON, JSON)
def test_difference_is_empty_exactly_for_equal_templates(before: Any, after: Any) -> None:
    changes = difference(before, after)
    # 1 and True, or an absent key and null, are the same template: only equal values must give nothing.
    assert changes == [] if before == after else isinstance(changes, list)


@given(JSON)
def test_difference_with_itself_is_nothing(value: Any) -> None:
    assert difference(value, value) == []


def cron_runs(*good: bool, last_success: str | None = None) -> Any:
    owner = ref("CronJob", "sync")
    rows: list[tuple[ObjectRef, str, Any]] = [(owner, "cronjob.schedule", "* * * * *")]
    if last_success:
        rows.append((owner, "cronjob.last_success", last_success))
    for number, fine in enumerate(good):
        job = ref("Job", f"sync-{number}")
        rows += [
            (job, "object.owner", "CronJob/sync"),
            (job, "object.created", f"2026-11-23T0{number}:00:00Z"),
            (job, "job.complete", fine),
        ]
        if not fine:
            rows.append((job, "job.failure", {"reason": "BackoffLimitExceeded", "message": ""}))
    return derive(facts(*rows)).index.value(owner, "workload.broken")


def test_only_failed_runs_after_the_last_success_count() -> None:
    assert cron_runs(True, False) == "job-failed"
    assert cron_runs(False, True, False) == "job-failed"
    assert cron_runs(False, True) is None
    # Successful Jobs are often not kept: the CronJob itself remembers the last one.
    assert cron_runs(False, last_success="2026-11-23T00:30:00Z") is None
    assert cron_runs(False, False, last_success="2026-11-23T00:30:00Z") == "job-failed"


def test_a_pod_is_stuck_only_long_after_its_grace_period() -> None:
    pod, later = ref("Pod", "web-1"), ref("Pod", "other")
    for now, slug in (("03:01:00", None), ("03:10:00", "terminating")):
        index = derive(
            facts(
                (pod, "pod.phase", "Running"),
                (pod, "pod.ready", False),
                (pod, "object.deleted_at", "2026-11-23T03:00:00Z"),
                (later, "object.created", f"2026-11-23T{now}Z"),
            )
        ).index
        assert index.value(pod, "workload.broken") == slug


def test_every_broken_container_is_a_view_of_its_own() -> None:
    owner, pod = ref("StatefulSet", "db"), ref("Pod", "db-0")
    rows: list[tuple[ObjectRef, str, Any]] = [
        (owner, "workload.desired", 1),
        (pod, "object.owner", "StatefulSet/db"),
        (pod, "pod.phase", "Running"),
    ]
    for name, reason in (("a", "Error"), ("b", "OOMKilled")):
        box = ref("Pod", "db-0", name)
        rows += [
            (box, "container.waiting.reason", "CrashLoopBackOff"),
            (box, "container.exit.code", 1),
            (box, "container.exit.reason", reason),
        ]
    views = build_views(derive(facts(*rows)))
    found = [(view.symptom, view.container and view.container.container) for view in views]
    assert found == [("oom", "b"), ("crash-loop", "a")]


def test_a_volume_that_lacks_a_key_is_told_by_what_it_is_made_of() -> None:
    pod = ref("Pod", "web-1")
    missing = {"volume": "tls", "kind": "Secret", "name": "", "key": "tls.crt"}
    volumes = [{"name": "tls", "kind": "Secret", "ref": "web-tls"}]
    index = derive(facts((pod, "mount.missing", missing), (pod, "pod.volumes", volumes))).index
    fact = index.fact(pod, "mount.missing")
    assert fact is not None
    assert fact.value == {**missing, "name": "web-tls"}
    assert fact.derived_from == ["m1.1", "m1.2"]


def test_a_target_port_that_a_log_says_is_served_is_no_mismatch() -> None:
    pod = ref("Pod", "cart-1")
    box = ref("Pod", "cart-1", "cart")
    rows: list[tuple[ObjectRef, str, Any]] = [
        (SERVICE, "service.selector", {"app": "cart"}),
        (SERVICE, "service.ports", [{"port": 80, "target_port": 8081}]),
        (SERVICE, "endpoints.ready", 1),
        (pod, "object.labels", {"app": "cart"}),
        (box, "spec.ports", [{"port": 80}]),
    ]
    assert derive(facts(*rows)).index.value(SERVICE, "workload.broken") == "wrong-port"
    rows.append((box, "log.listening", 8081))
    assert derive(facts(*rows)).index.value(SERVICE, "workload.broken") is None
