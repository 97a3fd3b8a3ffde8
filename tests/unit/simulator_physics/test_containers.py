"""Containers: crashes and their back-off, OOM, pulls, probes, init containers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from sandbox.simulator.patching.merge import merged
from tests.unit.simulator_physics.labs import (
    NS,
    container,
    events,
    lab,
    log,
    messages,
    obj,
    pod,
    state,
    template,
    workload,
)

CRASHES = {"apps": [{"image": "acme/app:1", "log": ["hi"], "exits": {"after": 1, "code": 3}}]}


def test_an_unknown_image_is_a_healthy_program() -> None:
    engine = lab(None, workload("Deployment", replicas=2))
    engine.advance(10)
    deployment = engine.store.get("apps/deployments", NS, "app")
    assert deployment is not None
    assert deployment["status"]["readyReplicas"] == 2
    assert [c["type"] for c in deployment["status"]["conditions"]] == ["Available", "Progressing"]


def test_crashes_back_off_ten_twenty_forty_seconds() -> None:
    engine = lab(CRASHES, workload("Deployment"))
    starts = []
    for _ in range(600):
        engine.advance(0.5)
        started = state(engine)["state"].get("running", {}).get("startedAt")
        if started and started not in starts:
            starts.append(started)
    minutes = [int(text[14:16]) * 60 + int(text[17:19]) for text in starts]
    pauses = [later - earlier for earlier, later in pairwise(minutes)]
    assert pauses[0] <= 3
    for pause, expected in zip(pauses[1:], (10, 20, 40, 80), strict=False):
        assert expected < pause < expected * 1.15 + 6
    assert state(engine)["restartCount"] == len(starts) - 1


def test_a_crash_shows_exit_code_and_reason_and_keeps_the_newest_log_only() -> None:
    engine = lab(CRASHES, workload("Deployment"))
    engine.advance(40)
    found = state(engine)
    assert found["state"]["terminated"]["exitCode"] == 3
    assert found["state"]["terminated"]["reason"] == "Error"
    assert found["lastState"]["terminated"]["exitCode"] == 3
    assert log(engine) == "hi\n"
    gone = found["lastState"]["terminated"]["containerID"]
    assert log(engine, previous=True) == f"unable to retrieve container logs for {gone}"


def test_a_resync_in_the_back_off_shows_crash_loop_back_off_and_both_logs() -> None:
    engine = lab({**CRASHES, "kubelet": {"resync_in_backoff": True}}, workload("Deployment"))
    engine.advance(40)
    found = state(engine)
    assert found["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert found["state"]["waiting"]["message"].startswith("back-off 20s restarting failed")
    assert found["lastState"]["terminated"]["containerID"] == found["containerID"]
    assert log(engine, previous=True) == log(engine) == "hi\n"


def test_a_program_that_crashes_once_comes_back_for_good() -> None:
    world = {"apps": [{"image": "acme/app:1", "exits": {"after": 5, "code": 1, "runs": 1}}]}
    engine = lab(world, workload("Deployment"))
    engine.advance(300)
    found = state(engine)
    assert found["restartCount"] == 1
    assert found["ready"]
    assert found["lastState"]["terminated"]["exitCode"] == 1


@pytest.mark.parametrize(("limit", "killed"), [("32Mi", True), ("64Mi", False)])
def test_memory_over_the_limit_is_killed(limit: str, killed: bool) -> None:
    world = {"apps": [{"image": "acme/app:1", "memory_peak": "48Mi", "log": ["loading"]}]}
    resources = {"limits": {"memory": limit}}
    engine = lab(world, workload("Deployment", pods=template(container(resources=resources))))
    engine.advance(60)
    found = state(engine)
    ended = found["state"].get("terminated") or found["lastState"].get("terminated")
    assert bool(ended) is killed
    if ended:
        assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")
        assert log(engine) == "loading\n"


def test_a_fix_of_the_limit_clears_the_symptom() -> None:
    world = {"apps": [{"image": "acme/app:1", "memory_peak": "48Mi"}]}
    low = template(container(resources={"limits": {"memory": "32Mi"}}))
    engine = lab(world, workload("Deployment", pods=low))
    engine.advance(100)
    deployment = engine.store.get("apps/deployments", NS, "app")
    assert deployment is not None
    high = [container(resources={"limits": {"memory": "128Mi"}})]
    patch = {"spec": {"template": {"spec": {"containers": high}}}}
    engine.store.put(merged(deployment, patch))
    engine.advance(30)
    deployment = engine.store.get("apps/deployments", NS, "app")
    assert deployment is not None
    assert deployment["status"]["readyReplicas"] == 1
    assert deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    sizes = [rs["spec"]["replicas"] for rs in engine.store.list("apps/replicasets", NS)]
    assert sorted(sizes) == [0, 1]


@pytest.mark.parametrize(
    ("pull", "text"),
    [
        ("not-found", "code = NotFound desc = failed to pull and unpack image"),
        ("denied", "pull access denied, repository does not exist or may require authorization"),
        ("refused", "connect: connection refused"),
        ("dns", "no such host"),
        ("timeout", "i/o timeout"),
        ("rate-limited", "toomanyrequests"),
    ],
)
def test_pull_failures_in_the_runtimes_words(pull: str, text: str) -> None:
    world = {"registry": [{"image": "acme/*", "pull": pull}]}
    engine = lab(world, workload("Deployment"))
    engine.advance(60)
    waiting = state(engine)["state"]["waiting"]
    assert waiting["reason"] in ("ImagePullBackOff", "ErrImagePull")
    assert text in waiting["message"]
    assert any(text in message for message in messages(engine, "Failed"))
    assert 'Back-off pulling image "acme/app:1"' in messages(engine, "BackOff")


def test_a_pull_that_works_at_the_third_try() -> None:
    world = {"registry": [{"image": "acme/*", "pull": "timeout", "fails": 2}]}
    engine = lab(world, workload("Deployment"))
    engine.advance(120)
    assert state(engine)["ready"]
    assert any(m.startswith("Successfully pulled image") for m in messages(engine, "Pulled"))


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("/opt/nope", "stat /opt/nope: no such file or directory"),
        ("nope", "executable file not found in $PATH"),
    ],
)
def test_a_command_that_is_not_in_the_image(command: str, why: str) -> None:
    world = {"apps": [{"image": "acme/app:1", "binaries": ["/bin/sh"]}]}
    engine = lab(world, workload("Deployment", pods=template(container(command=[command]))))
    engine.advance(60)
    found = state(engine)
    assert found["state"]["waiting"]["reason"] == "RunContainerError"
    last = found["lastState"]["terminated"]
    assert (last["reason"], last["exitCode"]) == ("StartError", 128)
    assert last["startedAt"] == "1970-01-01T00:00:00Z"
    assert f'exec: "{command}": {why}: unknown' in last["message"]
    assert log(engine) == ""


def test_readiness_on_a_closed_port_falls_silent_after_25_events() -> None:
    probe = {"httpGet": {"path": "/", "port": 8081}, "periodSeconds": 3}
    ports = [{"containerPort": 80}]
    pods = template(container(ports=ports, readinessProbe=probe))
    service = obj("Service", "app", spec={"selector": {"app": "app"}, "ports": [{"port": 80}]})
    engine = lab(None, service, workload("Deployment", pods=pods))
    engine.advance(200)
    (unhealthy,) = events(engine, "Unhealthy")
    assert unhealthy["count"] == 25
    assert unhealthy["message"].endswith(":8081: connect: connection refused")
    assert state(engine)["state"]["running"]
    assert not state(engine)["ready"]
    (found,) = engine.store.list("discovery.k8s.io/endpointslices", NS)
    assert found["endpoints"][0]["conditions"]["ready"] is False


def test_a_named_port_and_a_wrong_path() -> None:
    world = {"apps": [{"image": "acme/app:1", "http": {"/up": 404}}]}
    ports = [{"name": "http", "containerPort": 80}]
    probe = {"httpGet": {"path": "/up", "port": "http"}}
    engine = lab(
        world,
        workload("Deployment", pods=template(container(ports=ports, readinessProbe=probe))),
    )
    engine.advance(30)
    assert messages(engine, "Unhealthy") == [
        "Readiness probe failed: HTTP probe failed with statuscode: 404"
    ]


def eager(**probe: Any) -> dict[str, Any]:
    liveness = {"tcpSocket": {"port": 80}, "periodSeconds": 3, "failureThreshold": 1, **probe}
    ports = [{"containerPort": 80}]
    return workload("Deployment", pods=template(container(ports=ports, livenessProbe=liveness)))


def test_liveness_kills_a_slow_start_and_a_startup_probe_saves_it() -> None:
    world = {"apps": [{"image": "acme/app:1", "startup": 20, "on_term": None}]}
    engine = lab(world, eager())
    engine.advance(400)
    assert state(engine)["restartCount"] >= 4
    assert state(engine)["lastState"]["terminated"]["exitCode"] == 137
    assert messages(engine, "Killing") == ["Container app failed liveness probe, will be restarted"]
    saved = eager()
    first = saved["spec"]["template"]["spec"]["containers"][0]
    first["startupProbe"] = {"tcpSocket": {"port": 80}, "periodSeconds": 2, "failureThreshold": 30}
    engine = lab(world, saved)
    engine.advance(60)
    assert state(engine)["restartCount"] == 0
    assert state(engine)["started"]


def test_an_init_container_waits_for_a_service_and_goes_on_when_it_comes() -> None:
    waits = {"service": "db", "wait": 5, "log": ["waiting for db"]}
    world = {"apps": [{"image": "acme/init:1", "requires": [waits], "exits": {"code": 0}}]}
    init = {"name": "wait", "image": "acme/init:1", "imagePullPolicy": "IfNotPresent"}
    engine = lab(world, workload("Deployment", pods=template(initContainers=[init])))
    engine.advance(31)
    assert pod(engine)["status"]["phase"] == "Pending"
    assert state(engine)["state"] == {"waiting": {"reason": "PodInitializing"}}
    assert "running" in state(engine, "initContainerStatuses")["state"]
    assert log(engine, "wait").count("waiting for db\n") in (6, 7)
    assert log(engine, "wait", tail=2) == "waiting for db\n" * 2
    conditions = {c["type"]: c for c in pod(engine)["status"]["conditions"]}
    assert conditions["Initialized"]["message"] == "containers with incomplete status: [wait]"
    from sandbox.simulator.intake import apply

    apply(engine, obj("Service", "db", spec={"ports": [{"port": 5432}]}), NS)
    engine.advance(20)
    assert state(engine)["ready"]
    assert state(engine, "initContainerStatuses")["state"]["terminated"]["exitCode"] == 0


def test_log_limits_and_timestamps() -> None:
    repeat = {"every": 10, "line": "tick {n}"}
    world = {"apps": [{"image": "acme/app:1", "log": ["ä"], "repeat": repeat}]}
    engine = lab(world, workload("Deployment"))
    engine.advance(35)
    assert log(engine).splitlines() == ["ä", "tick 1", "tick 2", "tick 3", "tick 4"]
    assert log(engine, since_seconds=15).splitlines() == ["tick 3", "tick 4"]
    assert log(engine, limit_bytes=1) == ""
    assert log(engine, tail=0) == ""
    assert log(engine, tail=1, timestamps=True).startswith("2026-11-23T02:01:")
