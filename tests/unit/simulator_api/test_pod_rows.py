"""Rows of pods in states that the recordings do not show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.simulator.printers import PRINTERS
from sandbox.simulator.tables_pods import pod_status

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
META = {"name": "x", "namespace": "shop", "creationTimestamp": "2026-11-23T01:55:00Z"}
GATED = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}


def status(name: str = "c", **state: Any) -> dict[str, Any]:
    ready = "running" in state
    return {"name": name, "ready": ready, "started": ready, "restartCount": 0, "state": state}


PODS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Pending", {}, {"phase": "Pending"}),
    ("Evicted", {}, {"phase": "Failed", "reason": "Evicted"}),
    (
        "SchedulingGated",
        {},
        {
            "phase": "Pending",
            "conditions": [GATED],
        },
    ),
    (
        "Init:1/2",
        {"initContainers": [{"name": "i"}, {"name": "j"}]},
        {
            "phase": "Pending",
            "initContainerStatuses": [
                status("i", terminated={"exitCode": 0}),
                status("j", running={}),
            ],
        },
    ),
    (
        "Init:CrashLoopBackOff",
        {"initContainers": [{"name": "i"}]},
        {
            "phase": "Pending",
            "initContainerStatuses": [status("i", waiting={"reason": "CrashLoopBackOff"})],
        },
    ),
    (
        "Init:ExitCode:3",
        {"initContainers": [{"name": "i"}]},
        {"phase": "Pending", "initContainerStatuses": [status("i", terminated={"exitCode": 3})]},
    ),
    (
        "Signal:9",
        {},
        {"phase": "Failed", "containerStatuses": [status(terminated={"signal": 9})]},
    ),
    (
        "NotReady",
        {},
        {
            "phase": "Running",
            "containerStatuses": [
                status("c", terminated={"reason": "Completed", "exitCode": 0}),
                status("d", running={}),
            ],
        },
    ),
    (
        "OOMKilled",
        {},
        {"phase": "Running", "containerStatuses": [status(terminated={"reason": "OOMKilled"})]},
    ),
]


@pytest.mark.parametrize(("reason", "spec", "state"), PODS, ids=[case[0] for case in PODS])
def test_pod_reasons(reason: str, spec: dict[str, Any], state: dict[str, Any]) -> None:
    shown = pod_status({"metadata": META, "spec": spec, "status": state})
    assert shown.partition(",")[0] == reason


def test_a_deleted_pod_is_terminating_and_its_sidecar_counts() -> None:
    spec = {
        "containers": [{"name": "c"}],
        "initContainers": [{"name": "mesh", "restartPolicy": "Always"}],
    }
    earlier = {"terminated": {"finishedAt": "2026-11-23T01:59:00Z"}}
    mesh = {**status("mesh", running={}), "restartCount": 2, "lastState": earlier}
    state = {
        "phase": "Running",
        "conditions": [{"type": "Initialized", "status": "True"}],
        "initContainerStatuses": [mesh],
        "containerStatuses": [status(running={})],
    }
    pod = {"metadata": META, "spec": spec, "status": state}
    cells = PRINTERS["pods"].cells(pod, NOW)
    assert cells[1:4] == ["2/2", "Running", "2 (60s ago)"]
    gone = {**META, "deletionTimestamp": "2026-11-23T02:00:00Z"}
    deleted = PRINTERS["pods"].cells({**pod, "metadata": gone}, NOW)
    assert deleted[2] == "Terminating"
