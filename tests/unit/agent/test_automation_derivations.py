"""Derived facts of CronJobs and autoscalers."""

from __future__ import annotations

from typing import Any

import pytest

from agent.derive import derive
from agent.index import FactIndex
from agent.views import build_views
from tests.podparts import ago
from tools.fact import Fact
from tools.objects import ObjectRef

CRON = ObjectRef(kind="CronJob", namespace="shop", name="report")
SCALER = ObjectRef(kind="HorizontalPodAutoscaler", namespace="shop", name="cart")
NODE = ObjectRef(kind="Node", name="node1")


def facts(*rows: tuple[ObjectRef, str, Any]) -> list[Fact]:
    return [
        Fact(id=f"m1.{n}", subject=s, name=name, value=v) for n, (s, name, v) in enumerate(rows)
    ]


def index(*rows: tuple[ObjectRef, str, Any]) -> FactIndex:
    return derive(facts((NODE, "node.heartbeat", ago(0)), *rows)).index


def cron(schedule: str = "*/5 * * * *", policy: str = "Forbid") -> list[tuple[ObjectRef, str, Any]]:
    return [(CRON, "cronjob.schedule", schedule), (CRON, "cronjob.concurrency", policy)]


def run(due: float, **more: Any) -> list[tuple[ObjectRef, str, Any]]:
    job = CRON.model_copy(update={"kind": "Job", "name": f"report-{int(due)}"})
    rows: dict[str, Any] = {"object.owner": "CronJob/report", "job.scheduled_at": ago(due)}
    rows |= {name.replace("_", ".", 1): value for name, value in more.items()}
    return [(job, name, value) for name, value in rows.items()]


@pytest.mark.parametrize(
    ("schedule", "never"),
    [
        ("0 0 31 2 *", True),
        ("0 0 30,31 FEB *", True),
        ("0 0 31 4 *", True),
        ("0 0 31 4,5 *", False),
        ("0 0 29 2 *", False),
        ("0 0 31 2 1", False),
        ("* * *", False),
        ("@daily", False),
    ],
)
def test_never_due(schedule: str, never: bool) -> None:
    assert (index(*cron(schedule)).value(CRON, "cronjob.never_due") is True) == never


@pytest.mark.parametrize(
    ("since", "policy", "active", "blocked"),
    [
        (1800, "Forbid", 1, True),
        (700, "Forbid", 1, True),
        (480, "Forbid", 1, False),
        (1800, "Allow", 1, False),
        (1800, "Forbid", 0, False),
    ],
)
def test_a_run_that_does_not_end(since: float, policy: str, active: int, blocked: bool) -> None:
    found = index(*cron(policy=policy), *run(since, job_active=active, job_complete=False))
    assert bool(found.mapping(CRON, "cronjob.blocked")) == blocked
    assert (found.value(CRON, "workload.broken") == "not-starting") == blocked


def test_lost_starts_need_a_deadline() -> None:
    runs = [*run(1200, job_seconds=350, job_complete=True), *run(600, job_seconds=340)]
    assert not index(*cron(), *runs).mapping(CRON, "cronjob.lost")
    found = index(*cron(), (CRON, "cronjob.starting_deadline", 20), *runs)
    assert found.value(CRON, "cronjob.lost") == {"starts": 1, "runs": 2, "seconds": 350}


def test_runs_without_a_gap_are_well() -> None:
    runs = [*run(900, job_seconds=30), *run(600, job_seconds=30)]
    found = index(*cron(), (CRON, "cronjob.starting_deadline", 20), *runs)
    assert not found.mapping(CRON, "cronjob.lost")


def scaler(**conditions: tuple[str, str]) -> list[tuple[ObjectRef, str, Any]]:
    return [
        (SCALER, f"autoscaler.{name}", {"status": status, "reason": reason, "message": ""})
        for name, (status, reason) in conditions.items()
    ]


@pytest.mark.parametrize(
    ("conditions", "symptom"),
    [
        ({"able_to_scale": ("False", "FailedGetScale")}, "not-scaling"),
        ({"scaling_active": ("False", "FailedGetResourceMetric")}, "not-scaling"),
        ({"scaling_active": ("False", "ScalingDisabled")}, None),
        ({"scaling_limited": ("True", "TooManyReplicas")}, "at-limit"),
        ({"scaling_limited": ("True", "TooFewReplicas")}, None),
        ({"scaling_limited": ("False", "DesiredWithinRange")}, None),
    ],
)
def test_symptoms_of_autoscalers(
    conditions: dict[str, tuple[str, str]], symptom: str | None
) -> None:
    conditions = {"able_to_scale": ("True", "ReadyForNewScale"), **conditions}
    derivation = derive(facts(*scaler(**conditions)))
    assert [view.symptom for view in build_views(derivation)] == ([symptom] if symptom else [])


def test_how_many_replicas_the_load_calls_for() -> None:
    usage = {"resource": "cpu", "percent": 120, "target": 50}
    rows = [(SCALER, "autoscaler.usage", usage), (SCALER, "autoscaler.current", 3)]
    found = index(*rows, (SCALER, "autoscaler.most", 3))
    assert found.value(SCALER, "autoscaler.wants") == {"replicas": 8, "most": 10}
