"""What counts as broken: starting, recovered and held pods, told apart by facts and the cluster's clock."""

from __future__ import annotations

from typing import Any

import pytest

from agent.derive import derive
from agent.index import FactIndex
from tools.fact import Fact
from tools.objects import ObjectRef

POD = ObjectRef(kind="Pod", namespace="shop", name="cart-1")
BOX = POD.model_copy(update={"container": "cart"})
NODE = ObjectRef(kind="Node", namespace=None, name="n1")


def index(*rows: tuple[ObjectRef, str, Any]) -> FactIndex:
    facts = [
        Fact(id=f"m1.{number}", subject=subject, name=name, value=value)
        for number, (subject, name, value) in enumerate(rows, 1)
    ]
    return derive(facts).index


def broken(*rows: tuple[ObjectRef, str, Any]) -> str | None:
    found = index((POD, "pod.phase", "Running"), *rows).value(POD, "workload.broken")
    return None if found is None else str(found)


RAN_BEFORE = (
    (BOX, "container.state", "running"),
    (BOX, "container.ready", True),
    (BOX, "container.restarts", 2),
    (BOX, "container.exit.code", 1),
    (BOX, "container.exit.seconds", 4.0),
    (BOX, "container.running.since", "2026-11-23T02:30:00Z"),
    (POD, "object.created", "2026-11-23T02:29:00Z"),
)


def test_without_a_clock_a_restarted_container_may_be_between_two_crashes() -> None:
    assert broken(*RAN_BEFORE) == "crash-loop"


@pytest.mark.parametrize(
    ("heartbeat", "slug"), [("2026-11-23T02:30:20Z", "crash-loop"), ("2026-11-23T02:40:00Z", None)]
)
def test_a_nodes_heartbeat_tells_how_long_it_has_run(heartbeat: str, slug: str | None) -> None:
    assert broken(*RAN_BEFORE, (NODE, "node.heartbeat", heartbeat)) == slug


def starting(restarts: int, now: str) -> str | None:
    return broken(
        (BOX, "container.state", "running"),
        (BOX, "container.ready", False),
        (BOX, "container.started", False),
        (BOX, "container.restarts", restarts),
        (BOX, "container.running.since", "2026-11-23T02:30:00Z"),
        (BOX, "spec.probe.startup", {"initial_delay": 0, "period": 10, "failure_threshold": 12}),
        (POD, "object.created", "2026-11-23T02:29:00Z"),
        (NODE, "node.heartbeat", now),
    )


@pytest.mark.parametrize(
    ("restarts", "now", "slug"),
    [
        (0, "2026-11-23T02:31:40Z", None),
        (0, "2026-11-23T02:32:10Z", "not-ready"),
        (1, "2026-11-23T02:31:40Z", "not-ready"),
    ],
)
def test_a_startup_probe_grants_its_time_to_the_first_run(
    restarts: int, now: str, slug: str | None
) -> None:
    assert starting(restarts, now) == slug


@pytest.mark.parametrize(
    ("finalizers", "state", "slug"),
    [
        (["backup.example.com/snapshot"], "terminated", "terminating"),
        (["backup.example.com/snapshot"], "running", None),
        (["batch.kubernetes.io/job-tracking"], "terminated", None),
        ([], "terminated", None),
    ],
)
def test_a_deleted_pod_with_nothing_left_but_a_finalizer_is_held(
    finalizers: list[str], state: str, slug: str | None
) -> None:
    rows: list[tuple[ObjectRef, str, Any]] = [
        (POD, "object.deleted_at", "2026-11-23T02:30:30Z"),
        (POD, "object.finalizers", finalizers),
        (BOX, "container.state", state),
        (NODE, "node.heartbeat", "2026-11-23T02:31:00Z"),
    ]
    assert broken(*rows) == slug


def test_a_job_that_only_events_tell_of_is_gone_when_the_list_does_not_have_it() -> None:
    job = ObjectRef(kind="Job", namespace="shop", name="nightly-1")
    failure = (job, "job.failure", {"reason": "BackoffLimitExceeded"})
    listed = (job.model_copy(update={"name": "*"}), "list.names", ["nightly-2"])
    assert index(failure).value(job, "workload.broken") == "job-failed"
    assert index(failure, listed).value(job, "workload.broken") is None
