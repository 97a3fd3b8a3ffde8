"""The official Python client on a simulated API server."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from sandbox.simulator.server import ApiServer

# The client's types say that every field may be missing; Any keeps the tests readable.
client: Any = importlib.import_module("kubernetes.client")
config: Any = importlib.import_module("kubernetes.config")

NS = "default"


def connected(server: ApiServer, folder: Path) -> Any:
    """A client with a kubeconfig in this folder."""
    path = folder / "config"
    path.write_text(server.kubeconfig_text(NS), encoding="utf-8")
    return config.new_client_from_config(str(path))


def expected(error: Any, code: int) -> None:
    """Only this failure is part of the plan."""
    if error.status != code:
        raise error


def deployment(name: str, replicas: int = 1, image: str = "nginx:1") -> Any:
    """A Deployment of one container."""
    labels = {"app": name}
    container = client.V1Container(name="c", image=image)
    return client.V1Deployment(
        metadata=client.V1ObjectMeta(name=name),
        spec=client.V1DeploymentSpec(
            replicas=replicas,
            selector=client.V1LabelSelector(match_labels=labels),
            template=client.V1PodTemplateSpec(
                metadata=client.V1ObjectMeta(labels=labels),
                spec=client.V1PodSpec(containers=[container]),
            ),
        ),
    )
