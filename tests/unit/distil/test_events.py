"""Events of both APIs: one warning per object, reason and message; steps of the story; statements."""

from __future__ import annotations

from typing import Any

import pytest

from tests.recording import load
from tests.unit.distil.distilled import facts_of, of, values
from tools.distil.events import container_of
from tools.fact import Fact

POD = {"kind": "Pod", "namespace": "shop", "name": "web-1"}


def event(reason: str, message: str, **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "type": "Warning",
        "involvedObject": POD,
        "reason": reason,
        "message": message,
        "count": 1,
        "firstTimestamp": "2026-01-01T00:00:00Z",
        "lastTimestamp": "2026-01-01T00:00:00Z",
        "source": {"component": "kubelet"},
    } | more


def warning(facts: list[Fact]) -> dict[str, Any]:
    (value,) = [fact.value for fact in facts if fact.name == "event.warning"]
    assert isinstance(value, dict)
    return value


def test_same_event_again_is_counted_not_repeated() -> None:
    facts = facts_of(
        event("FailedSync", "no", count=3, lastTimestamp="2026-01-01T00:02:00Z"),
        event("FailedSync", "no", count=2, firstTimestamp="2025-12-31T23:59:00Z"),
        event("FailedSync", "no", involvedObject=POD | {"name": "web-2"}),
    )
    counted = values(facts, "event.warning")
    assert counted["Pod/shop/web-1"] == {
        "reason": "FailedSync",
        "message": "no",
        "count": 5,
        "first": "2025-12-31T23:59:00Z",
        "last": "2026-01-01T00:02:00Z",
        "source": "kubelet",
    }
    assert set(counted) == {"Pod/shop/web-1", "Pod/shop/web-2"}


def test_retries_under_generated_names_are_one_event() -> None:
    facts = of(load("quota-no-pods").command("get events -o json"))
    value = warning(facts)
    # Nine events of one attempt each, and one that combines seven.
    assert (value["reason"], value["count"]) == ("FailedCreate", 16)
    assert not str(value["message"]).startswith("(combined")
    assert len([fact for fact in facts if fact.name == "create.denied"]) == 1


def test_series_and_the_new_api_read_the_same() -> None:
    old = event(
        "FailedScheduling",
        "0/1 nodes are available: 1 Insufficient cpu.",
        count=None,
        firstTimestamp=None,
        lastTimestamp=None,
        source={},
        eventTime="2026-01-01T00:00:00.000001Z",
        series={"count": 4, "lastObservedTime": "2026-01-01T00:09:00.000000Z"},
        reportingComponent="default-scheduler",
    )
    new = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "type": "Warning",
        "regarding": POD,
        "reason": old["reason"],
        "note": old["message"],
        "eventTime": old["eventTime"],
        "series": old["series"],
        "reportingController": "default-scheduler",
    }
    expected = {
        "reason": "FailedScheduling",
        "message": "0/1 nodes are available: 1 Insufficient cpu.",
        "count": 4,
        "first": "2026-01-01T00:00:00.000001Z",
        "last": "2026-01-01T00:09:00.000000Z",
        "source": "default-scheduler",
    }
    assert warning(facts_of(old)) == expected
    assert warning(facts_of(new)) == expected
    deprecated = new | {
        "series": None,
        "deprecatedCount": 9,
        "deprecatedFirstTimestamp": "2026-01-01T00:00:00Z",
        "deprecatedLastTimestamp": "2026-01-01T01:00:00Z",
        "reportingController": "",
        "deprecatedSource": {"component": "old-scheduler"},
    }
    value = warning(facts_of(deprecated))
    assert (value["count"], value["last"]) == (9, "2026-01-01T01:00:00Z")
    assert value["source"] == "old-scheduler"


@pytest.mark.parametrize("group", ["containers", "initContainers", "ephemeralContainers"])
def test_field_path_names_the_container(group: str) -> None:
    about = POD | {"fieldPath": f"spec.{group}{{web}}"}
    facts = facts_of(event("Failed", 'Error: secret "db" not found', involvedObject=about))
    assert values(facts, "config.missing") == {
        "Pod/shop/web-1[web]": {"kind": "Secret", "name": "db"}
    }
    assert list(values(facts, "event.warning")) == ["Pod/shop/web-1[web]"]


@pytest.mark.parametrize("path", ["", "spec.containers", "spec.volumes{data}", "spec.containers{}"])
def test_other_field_paths_name_none(path: str) -> None:
    assert container_of(path) is None


def test_normal_events_only_where_they_tell_a_step() -> None:
    def normal(reason: str, message: str = "m", **more: Any) -> list[str]:
        return [f.name for f in facts_of(event(reason, message, type="Normal", **more))]

    for told in ("ScalingReplicaSet", "Killing", "NodeNotReady", "SuccessfulDelete", "Preempted"):
        assert normal(told) == ["event.normal", "list.names"]
    for silent in ("Scheduled", "Pulled", "Created", "Started", "SuccessfulCreate", "Pulling"):
        assert normal(silent) == ["list.names"]
    killed = "Container web failed liveness probe, will be restarted"
    assert normal("Killing", killed) == ["event.normal", "probe.killed", "list.names"]


def test_statement_about_the_object_not_its_container() -> None:
    about = POD | {"fieldPath": "spec.containers{web}"}
    message = 'MountVolume.SetUp failed for volume "tls" : secret "s" not found'
    facts = facts_of(event("FailedMount", message, involvedObject=about))
    assert list(values(facts, "mount.missing")) == ["Pod/shop/web-1"]


def test_probe_failures_keep_their_count() -> None:
    facts = facts_of(
        event(
            "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", count=8
        )
    )
    assert values(facts, "probe.readiness.failed")["Pod/shop/web-1"] == {
        "message": "Readiness probe failed: HTTP probe failed with statuscode: 503",
        "cause": "status",
        "port": None,
        "count": 8,
    }


def test_cluster_scoped_object_has_no_namespace() -> None:
    about = {"kind": "Node", "name": "n1", "namespace": "default"}
    facts = facts_of(
        event("NodeNotReady", "Node n1 status is now: NodeNotReady", involvedObject=about)
    )
    assert list(values(facts, "event.warning")) == ["Node/n1"]


def test_evidence_points_at_the_first_message() -> None:
    facts = facts_of(event("A", "a"), event("B", "b"), event("B", "b"), resource="events")
    assert [fact.evidence[0].path for fact in facts] == ["items[0].message", "items[1].message"]
    assert facts[1].evidence[0].quote == "B: b"


@pytest.mark.parametrize(
    "broken",
    [
        {"involvedObject": None},
        {"involvedObject": {"kind": "Pod"}},
        {"reason": ""},
        {"reason": 7},
        {"involvedObject": {"name": "x"}},
    ],
)
def test_event_about_nothing_states_nothing(broken: dict[str, Any]) -> None:
    assert facts_of(event("FailedSync", "no") | broken, resource="events") == []
