"""What workload controllers do after the first rollout: history, pauses, order, deadlines."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.conditions import condition, is_ready
from sandbox.simulator.deletion import delete, going
from sandbox.simulator.store import Object
from tests.unit.simulator_physics.labs import (
    NS,
    lab,
    messages,
    obj,
    pods,
    template,
    workload,
)
from tests.unit.simulator_physics.workloads import change, env, get, names, set_env

NODES = {"nodes": [{"name": f"node{n}"} for n in range(1, 5)]}
STUBBORN = {"apps": [{"image": "acme/app:1", "on_term": None}]}


def test_history_is_kept_as_long_as_asked() -> None:
    engine = lab(None, workload("Deployment", replicas=1, revisionHistoryLimit=2))
    for value in "abcd":
        engine.advance(60)
        set_env(engine, "deployment", value)
    engine.advance(60)
    sets = engine.store.list("apps/replicasets", NS)
    assert len(sets) == 3
    revisions = {s["metadata"]["annotations"]["deployment.kubernetes.io/revision"] for s in sets}
    assert revisions == {"3", "4", "5"}


def test_an_old_template_gets_a_new_revision() -> None:
    engine = lab(None, workload("Deployment", replicas=1))
    for value in "aba":
        set_env(engine, "deployment", value)
        engine.advance(60)
    notes = get(engine, "deployment")["metadata"]["annotations"]
    assert notes["deployment.kubernetes.io/revision"] == "3"
    assert len(engine.store.list("apps/replicasets", NS)) == 2


def test_a_paused_deployment_scales_but_does_not_roll() -> None:
    engine = lab(None, workload("Deployment", replicas=2))
    engine.advance(30)
    change(engine, "deployment", paused=True)
    set_env(engine, "deployment", "new")
    change(engine, "deployment", replicas=3)
    engine.advance(60)
    assert [env(p) for p in pods(engine)] == ["", "", ""]
    progress = condition(get(engine, "deployment"), "Progressing")
    assert progress is not None
    assert progress["reason"] == "DeploymentPaused"
    change(engine, "deployment", paused=False)
    engine.advance(60)
    assert [env(p) for p in pods(engine)] == ["new"] * 3
    progress = condition(get(engine, "deployment"), "Progressing")
    assert progress is not None
    assert progress["reason"] == "NewReplicaSetAvailable"


def test_recreate_waits_until_the_old_pods_are_gone() -> None:
    engine = lab(STUBBORN, workload("Deployment", replicas=2, strategy={"type": "Recreate"}))
    engine.advance(20)
    set_env(engine, "deployment", "new")
    engine.advance(25)
    assert all(going(p) for p in pods(engine))
    engine.advance(20)
    assert [env(p) for p in pods(engine)] == ["new", "new"]


def test_who_goes_first_when_a_set_shrinks() -> None:
    engine = lab(NODES, workload("Deployment", replicas=4))
    engine.advance(20)
    cheap = pods(engine)[2]
    meta = {
        **cheap["metadata"],
        "annotations": {"controller.kubernetes.io/pod-deletion-cost": "-5"},
    }
    engine.store.put({**cheap, "metadata": meta})
    change(engine, "deployment", replicas=3)
    engine.advance(10)
    assert cheap["metadata"]["name"] not in names(engine)
    assert len(pods(engine)) == 3


@pytest.mark.parametrize(("most", "expected"), [(1, 1), (2, 2), ("50%", 2)])
def test_how_many_daemons_may_be_down(most: Any, expected: int) -> None:
    update = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": most, "maxSurge": 0}}
    engine = lab({**NODES, **STUBBORN}, workload("DaemonSet", updateStrategy=update))
    engine.advance(20)
    set_env(engine, "daemonset", "new")
    engine.advance(10)
    assert sum(going(p) for p in pods(engine)) == expected
    engine.advance(300)
    assert [env(p) for p in pods(engine)] == ["new"] * 4
    assert len(engine.store.list("apps/controllerrevisions", NS)) == 2


def test_a_dead_node_holds_up_a_rollout_of_daemons() -> None:
    dead = {"name": "node9", "troubles": [{"kind": "silent", "after": 30}]}
    engine = lab({"nodes": [*NODES["nodes"], dead]}, workload("DaemonSet"))
    engine.begin()
    engine.advance(120)
    set_env(engine, "daemonset", "new")
    engine.advance(600)
    status = get(engine, "daemonset")["status"]
    assert (status["desiredNumberScheduled"], status["updatedNumberScheduled"]) == (4, 1)
    assert status["numberMisscheduled"] == 1
    assert [p["spec"]["nodeName"] for p in pods(engine) if going(p)] == ["node9"]


def test_daemons_on_delete_and_after_failure() -> None:
    engine = lab(NODES, workload("DaemonSet", updateStrategy={"type": "OnDelete"}))
    engine.advance(20)
    set_env(engine, "daemonset", "new")
    engine.advance(60)
    assert [env(p) for p in pods(engine)] == [""] * 4
    failed = pods(engine)[0]
    engine.set_status(failed, {**failed["status"], "phase": "Failed"})
    engine.advance(30)
    assert sorted(env(p) for p in pods(engine)) == ["", "", "", "new"]
    assert messages(engine, "FailedDaemonPod")[0].startswith("Found failed daemon pod lab/app-")
    assert sum(is_ready(p) for p in pods(engine)) == 4


def job(**spec: Any) -> Object:
    return obj("Job", "app", "batch/v1", spec={"template": template(restartPolicy="Never"), **spec})


def ends(after: float, code: int = 0) -> dict[str, Any]:
    return {"apps": [{"image": "acme/app:1", "exits": {"after": after, "code": code}}]}


def test_a_finished_job_goes_when_its_time_to_live_is_over() -> None:
    engine = lab(ends(5), job(ttlSecondsAfterFinished=60))
    engine.advance(30)
    assert condition(get(engine, "job"), "Complete")
    engine.advance(70)
    assert engine.store.get("batch/jobs", NS, "app") is None
    assert not pods(engine)


def test_a_suspended_job_stops_and_starts_again() -> None:
    engine = lab(ends(100), job())
    engine.advance(20)
    change(engine, "job", suspend=True)
    engine.advance(30)
    assert not pods(engine)
    assert messages(engine, "Suspended") == ["Job suspended"]
    found = get(engine, "job")
    assert "startTime" not in found["status"]
    change(engine, "job", suspend=False)
    engine.advance(30)
    assert len(pods(engine)) == 1
    assert messages(engine, "Resumed") == ["Job resumed"]
    item = condition(get(engine, "job"), "Suspended")
    assert item is not None
    assert (item["status"], item["reason"]) == ("False", "JobResumed")


def test_a_job_past_its_deadline_ends_its_pods_gracefully() -> None:
    engine = lab(ends(1000), job(activeDeadlineSeconds=30))
    engine.advance(33)
    failed = condition(get(engine, "job"), "Failed")
    assert failed is not None
    assert failed["reason"] == "DeadlineExceeded"
    engine.advance(60)
    assert not pods(engine)


def test_deleting_a_job_takes_its_pods() -> None:
    engine = lab(ends(1000), job())
    engine.advance(20)
    delete(engine, get(engine, "job"), policy="Background")
    engine.advance(60)
    assert not pods(engine)
