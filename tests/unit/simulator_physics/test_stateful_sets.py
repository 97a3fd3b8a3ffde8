"""StatefulSets: their order, their ordinals and how they update."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.deletion import delete, going
from tests.unit.simulator_physics.labs import (
    NS,
    lab,
    messages,
    pod,
    pods,
    workload,
)
from tests.unit.simulator_physics.workloads import change, env, get, names, set_env

STUBBORN = {"apps": [{"image": "acme/app:1", "on_term": None}]}


def test_a_stateful_set_shrinks_from_the_end_one_by_one() -> None:
    engine = lab(STUBBORN, workload("StatefulSet", replicas=3, serviceName="app"))
    engine.advance(20)
    change(engine, "statefulset", replicas=1)
    engine.advance(10)
    assert [p["metadata"]["name"] for p in pods(engine) if going(p)] == ["app-2"]
    engine.advance(30)
    assert [p["metadata"]["name"] for p in pods(engine) if going(p)] == ["app-1"]
    engine.advance(40)
    assert names(engine) == ["app-0"]


def test_a_parallel_one_does_all_at_once() -> None:
    engine = lab(
        STUBBORN,
        workload("StatefulSet", replicas=3, serviceName="app", podManagementPolicy="Parallel"),
    )
    engine.advance(1)
    assert len(pods(engine)) == 3
    engine.advance(20)
    change(engine, "statefulset", replicas=0)
    engine.advance(1)
    assert all(going(p) for p in pods(engine))


@pytest.mark.parametrize(
    ("strategy", "made"),
    [
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}, ["", "", "new"]),
        ({"type": "OnDelete"}, ["", "", ""]),
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}, ["new"] * 3),
    ],
)
def test_how_far_a_stateful_set_updates(strategy: dict[str, Any], made: list[str]) -> None:
    engine = lab(
        None, workload("StatefulSet", replicas=3, serviceName="app", updateStrategy=strategy)
    )
    engine.advance(20)
    set_env(engine, "statefulset", "new")
    engine.advance(120)
    assert [env(p) for p in pods(engine)] == made
    if made[0] == "":
        delete(engine, pods(engine)[0])
        engine.advance(20)
        # below the partition the old template is used; OnDelete takes the new one
        assert env(pods(engine)[0]) == ("new" if strategy["type"] == "OnDelete" else "")


def test_the_ordinals_of_a_stateful_set_start_where_it_says() -> None:
    update = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    engine = lab(
        None,
        workload(
            "StatefulSet",
            replicas=3,
            serviceName="app",
            ordinals={"start": 5},
            updateStrategy=update,
        ),
    )
    engine.advance(30)
    assert names(engine) == ["app-5", "app-6", "app-7"]
    set_env(engine, "statefulset", "new")
    engine.advance(120)
    assert [env(p) for p in pods(engine)] == ["", "new", "new"]  # the partition counts from 5
    change(engine, "statefulset", ordinals={"start": 6}, replicas=2)
    engine.advance(60)
    assert names(engine) == ["app-6", "app-7"]


def test_a_failed_pod_of_a_stateful_set_is_made_again() -> None:
    engine = lab(None, workload("StatefulSet", replicas=1, serviceName="app"))
    engine.advance(20)
    uid = pod(engine)["metadata"]["uid"]
    engine.set_status(pod(engine), {**pod(engine)["status"], "phase": "Failed"})
    engine.advance(20)
    assert pod(engine)["metadata"]["uid"] != uid
    assert messages(engine, "RecreatingFailedPod") == [
        "StatefulSet lab/app is recreating failed Pod app-0"
    ]


def test_a_revision_that_comes_back_is_the_newest() -> None:
    engine = lab(None, workload("StatefulSet", replicas=1, serviceName="app"))
    for value in ("a", "b", "a"):
        engine.advance(60)
        set_env(engine, "statefulset", value)
    engine.advance(60)
    revisions = engine.store.list("apps/controllerrevisions", NS)
    numbers = {r["metadata"]["name"]: r["revision"] for r in revisions}
    assert numbers[get(engine, "statefulset")["status"]["updateRevision"]] == max(numbers.values())
    assert len(numbers) == 3
