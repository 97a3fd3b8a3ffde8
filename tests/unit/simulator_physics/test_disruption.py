"""Disruption budgets: what they count and what they let go."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.conditions import condition
from sandbox.simulator.deletion import delete
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object
from tests.unit.simulator_physics.labs import NS, lab, messages, obj, pods, workload


def budget(**spec: Any) -> Object:
    selector = {"matchLabels": {"app": "app"}}
    return obj("PodDisruptionBudget", "app", "policy/v1", spec={"selector": selector, **spec})


def status(engine: Engine) -> dict[str, Any]:
    found = engine.store.get("policy/poddisruptionbudgets", NS, "app")
    assert found is not None
    item = condition(found, "DisruptionAllowed")
    assert item is not None
    assert (item["status"] == "True") is (found["status"]["disruptionsAllowed"] > 0)
    result: dict[str, Any] = found["status"]
    return result


@pytest.mark.parametrize(
    ("spec", "desired", "allowed"),
    [
        ({"minAvailable": 2}, 2, 2),
        ({"minAvailable": 4}, 4, 0),
        ({"minAvailable": "50%"}, 2, 2),
        ({"minAvailable": "60%"}, 3, 1),
        ({"maxUnavailable": 1}, 3, 1),
        ({"maxUnavailable": "25%"}, 3, 1),
        ({"maxUnavailable": 0}, 4, 0),
    ],
)
def test_what_a_budget_allows(spec: dict[str, Any], desired: int, allowed: int) -> None:
    engine = lab(None, workload("Deployment", replicas=4), budget(**spec))
    engine.advance(20)
    found = status(engine)
    assert (found["desiredHealthy"], found["disruptionsAllowed"]) == (desired, allowed)
    assert (found["currentHealthy"], found["expectedPods"]) == (4, 4)


def test_pods_that_leave_do_not_count() -> None:
    world = {"apps": [{"image": "acme/app:1", "on_term": None, "startup": 0}]}
    engine = lab(
        world, workload("StatefulSet", replicas=3, serviceName="app"), budget(minAvailable=2)
    )
    engine.advance(20)
    assert status(engine)["disruptionsAllowed"] == 1
    delete(engine, pods(engine)[0])
    engine.advance(5)
    assert status(engine)["disruptionsAllowed"] == 0
    assert status(engine)["currentHealthy"] == 2
    engine.advance(60)
    assert status(engine)["disruptionsAllowed"] == 1


def test_nothing_to_guard_and_pods_of_nobody() -> None:
    engine = lab(None, budget(minAvailable=1))
    engine.advance(5)
    assert messages(engine, "NoPods") == ["No matching pods found"]
    alone = obj("Pod", "p", spec={"containers": [{"name": "a", "image": "acme/app:1"}]})
    alone["metadata"]["labels"] = {"app": "app"}
    engine = lab(None, alone, budget(maxUnavailable=1))
    engine.advance(20)
    assert "were found to be unmanaged" in messages(engine, "UnmanagedPods")[0]
    assert status(engine)["disruptionsAllowed"] == 0
