"""A simulated cluster with controllers, and a client of it, for tests of the write path."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.simulator.engine import Engine
from sandbox.simulator.inprocess import Answer, Client
from sandbox.simulator.settle import build
from sandbox.simulator.world import World

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
CORE = "/api/v1/namespaces/default"
MERGE = "application/merge-patch+json"


class Live:
    """An engine and its client."""

    def __init__(self, world: World | None = None) -> None:
        self.engine: Engine = build(world or World(), AT, "live")
        self.client = Client(self.engine)

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        return self.client.request(method, path, body, **more)

    def made(self, path: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A POST that must succeed."""
        answer = self("POST", path, body, **more)
        assert answer.code == 201, answer.text
        return answer.body

    def events(self, reason: str) -> list[str]:
        """Messages of the events with a reason."""
        found = self.engine.store.list("events")
        return [str(item["message"]) for item in found if item["reason"] == reason]


def pod(name: str = "p", **spec: Any) -> dict[str, Any]:
    """A pod with one container; `spec` replaces fields of its spec."""
    whole = {"containers": [{"name": "c", "image": "nginx:1"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": whole}


def deployment(name: str = "web", replicas: int = 1, **spec: Any) -> dict[str, Any]:
    """A deployment of one container; `spec` replaces fields of its pods' spec."""
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod(**spec)["spec"]},
        },
    }
