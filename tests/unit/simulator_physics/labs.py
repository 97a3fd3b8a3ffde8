"""Small simulated clusters for physics tests: a world, some manifests, and time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.engine import Engine
from sandbox.simulator.intake import apply
from sandbox.simulator.logs import LogQuery
from sandbox.simulator.settle import build
from sandbox.simulator.world import World

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NS = "lab"


def lab(world: dict[str, Any] | None = None, *manifests: dict[str, Any]) -> Engine:
    """A cluster with these objects applied in namespace `lab`, no time passed."""
    engine = build(World.model_validate(world or {}), START, "lab")
    engine.advance(60)
    for manifest in manifests:
        apply(engine, manifest, NS)
    return engine


def container(name: str = "app", **fields: Any) -> dict[str, Any]:
    """A container of image `acme/app:1`."""
    return {"name": name, "image": "acme/app:1", "imagePullPolicy": "IfNotPresent", **fields}


def template(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A pod template labelled app=app."""
    found = list(containers) or [container()]
    return {"metadata": {"labels": {"app": "app"}}, "spec": {"containers": found, **spec}}


def workload(kind: str, name: str = "app", pods: Any = None, **spec: Any) -> dict[str, Any]:
    """A workload of apps/v1 with selector app=app."""
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": {"app": "app"}},
        "spec": {
            "selector": {"matchLabels": {"app": "app"}},
            "template": pods or template(),
            **spec,
        },
    }


def obj(kind: str, name: str, api: str = "v1", **fields: Any) -> dict[str, Any]:
    """Any other manifest."""
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, **fields}


def get(engine: Engine, key: str, name: str = "app") -> dict[str, Any]:
    """An object of the lab that must be there."""
    found = engine.store.get(key, NS, name)
    assert found is not None
    return found


def reasons(obj: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Type -> (status, reason) of an object's conditions."""
    return {c["type"]: (c["status"], c["reason"]) for c in obj["status"].get("conditions", [])}


def pods(engine: Engine) -> list[dict[str, Any]]:
    """The pods of the lab."""
    return engine.store.list("pods", NS)


def pod(engine: Engine) -> dict[str, Any]:
    """The one pod of the lab."""
    (found,) = pods(engine)
    return found


def state(engine: Engine, field: str = "containerStatuses") -> dict[str, Any]:
    """The first container's status of the one pod."""
    found: dict[str, Any] = pod(engine)["status"][field][0]
    return found


def events(engine: Engine, reason: str) -> list[dict[str, Any]]:
    """The lab's events with a reason."""
    return [event for event in engine.store.list("events", NS) if event["reason"] == reason]


def messages(engine: Engine, reason: str) -> list[str]:
    """Their messages."""
    return [event["message"] for event in events(engine, reason)]


def log(engine: Engine, name: str = "app", *, previous: bool = False, **limits: Any) -> str:
    """The log of a container of the one pod."""
    query = LogQuery(NS, pod(engine)["metadata"]["name"], name, previous, **limits)
    text = PodLogs(engine).log(query).text
    return text if isinstance(text, str) else text.decode()
