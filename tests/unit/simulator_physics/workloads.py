"""Changing the workloads of a lab."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object
from tests.unit.simulator_physics import labs
from tests.unit.simulator_physics.labs import (
    pods,
)


def get(engine: Engine, kind: str, name: str = "app") -> Object:
    """A workload by its kind in lower case."""
    key = {"job": "batch/jobs"}.get(kind, f"apps/{kind}s")
    return labs.get(engine, key, name)


def change(engine: Engine, kind: str, **spec: Any) -> None:
    """Change fields of its spec."""
    found = get(engine, kind)
    engine.store.put({**found, "spec": {**found["spec"], **spec}})


def set_env(engine: Engine, kind: str, value: str, image: str = "acme/app:1") -> None:
    """Give its template another environment and image."""
    new = copy.deepcopy(get(engine, kind)["spec"]["template"])
    new["spec"]["containers"][0].update(env=[{"name": "V", "value": value}], image=image)
    change(engine, kind, template=new)


def env(item: Object) -> str:
    """What set_env() gave a pod."""
    found: str = item["spec"]["containers"][0].get("env", [{"value": ""}])[0]["value"]
    return found


def names(engine: Engine) -> list[str]:
    """The names of the lab's pods, sorted."""
    return sorted(p["metadata"]["name"] for p in pods(engine))
