"""The official Python client lists and watches as controllers do."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.server import ApiServer
from tests.kubectl_session import until
from tests.python_client import NS, client, connected, deployment, expected

pytestmark = pytest.mark.integration
watch: Any = importlib.import_module("kubernetes.watch")


class Informer(threading.Thread):
    """List, then watch from there, for as long as it is wanted: what controllers do."""

    def __init__(self, api: Any) -> None:
        super().__init__(daemon=True)
        self._core = client.CoreV1Api(api)
        self.seen: dict[str, str] = {}
        """Name -> phase, as told."""
        self.lists = 0
        self.wanted = True

    def run(self) -> None:
        while self.wanted:
            listed = self._core.list_namespaced_pod(NS, limit=2)
            found = list(listed.items)
            while listed.metadata._continue:
                listed = self._core.list_namespaced_pod(
                    NS, limit=2, _continue=listed.metadata._continue
                )
                found += listed.items
            self.seen = {pod.metadata.name: pod.status.phase for pod in found}
            self.lists += 1
            self._watch(listed.metadata.resource_version)

    def _watch(self, version: str) -> None:
        while self.wanted:
            watching = watch.Watch()
            stream = watching.stream(
                self._core.list_namespaced_pod,
                NS,
                resource_version=version,
                timeout_seconds=1,
                allow_watch_bookmarks=True,
            )
            try:
                for event in stream:
                    if event["type"] != "BOOKMARK":
                        pod = event["object"]
                        self.seen[pod.metadata.name] = pod.status.phase
                        if event["type"] == "DELETED":
                            del self.seen[pod.metadata.name]
            except client.ApiException as error:
                expected(error, 410)
                return
            version = watching.resource_version or version


def test_an_informer_knows_what_is_there(api: Any, server: ApiServer, tmp_path: Path) -> None:
    apps, core = client.AppsV1Api(api), client.CoreV1Api(api)
    (tmp_path / "informer").mkdir()
    with connected(server, tmp_path / "informer") as second:
        informer = Informer(second)
        informer.start()
        apps.create_namespaced_deployment(NS, deployment("seen", 5))
        until(lambda: list(informer.seen.values()).count("Running") == 5)
        for replicas in (2, 6, 1):
            apps.patch_namespaced_deployment_scale("seen", NS, {"spec": {"replicas": replicas}})
            until(lambda replicas=replicas: len(informer.seen) == replicas, 20)  # type: ignore[misc]
        core.delete_namespaced_pod(next(iter(informer.seen)), NS)
        until(lambda: informer.seen == phases(core), 20)
        until(lambda: list(phases(core).values()) == ["Running"], 20)
        until(lambda: informer.seen == phases(core), 20)
        informer.wanted = False
        informer.join(10)
        assert not informer.is_alive()
        assert informer.lists == 1  # no watch broke, none was too old


def phases(core: Any) -> dict[str, str]:
    return {pod.metadata.name: pod.status.phase for pod in core.list_namespaced_pod(NS).items}
