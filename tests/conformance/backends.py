"""Where recorded commands can be run again: recorded objects, the simulator's physics, a real cluster."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sandbox.instance import Patch, Wait
from sandbox.scenario import load as scenario
from sandbox.simulator.engine import still
from sandbox.simulator.launch import launch
from sandbox.simulator.server import ApiServer
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import Recording

REAL = "MAGOS_CONFORMANCE_KUBECONFIG"
"""Names a kubeconfig of a real cluster on which the suite may make namespaces."""
AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Cluster:
    """A cluster in which a recording's story has been told."""

    kubeconfig: Path
    home: Path
    """HOME of the kubectl runs: one discovery cache for each cluster."""

    def run(self, binary: Path, argv: list[str]) -> subprocess.CompletedProcess[str]:
        """One kubectl command, its output captured."""
        return subprocess.run(
            [str(binary), *argv],
            env={"HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig), "PATH": os.devnull},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


class Backend(Protocol):
    """Something that can tell a recording's story."""

    name: str

    @contextmanager
    def told(self, recording: Recording, home: Path, binary: Path) -> Iterator[Cluster]:
        """The cluster, until the block ends."""
        ...


class Replayed:
    """The API server over the recorded objects, events and logs, word for word: no physics."""

    name = "recorded objects"

    @contextmanager
    def told(self, recording: Recording, home: Path, binary: Path) -> Iterator[Cluster]:
        """Serve the recording."""
        store = recorded_store(recording)
        with ApiServer(
            still(store), RecordedLogs(recording), move_times=False, simulated=False
        ) as server:
            path = home / "kubeconfig"
            path.write_text(server.kubeconfig_text(recording.namespace), encoding="utf-8")
            yield Cluster(path, home)


class Simulated:
    """The scenario of the same name, its symptoms derived by the simulator."""

    name = "simulator"

    @contextmanager
    def told(self, recording: Recording, home: Path, binary: Path) -> Iterator[Cluster]:
        """Build the scenario at seed 0 and serve it."""
        with launch(f"sim:{recording.id}", home, at=AT) as running:
            yield Cluster(running.kubeconfig, home)


class Real:
    """A real cluster: kind, envtest with controllers, or any other."""

    name = "real cluster"

    def __init__(self, kubeconfig: Path, speed: float = 1.0) -> None:
        """`speed`: seconds that pass in the cluster in one of ours (a simulated one may hurry)."""
        self._kubeconfig = kubeconfig
        self._speed = speed

    @contextmanager
    def told(self, recording: Recording, home: Path, binary: Path) -> Iterator[Cluster]:
        """Apply the scenario's objects to a new namespace; remove it afterwards."""
        story = scenario(recording.id)
        cluster = Cluster(self._kubeconfig, home)
        namespace = recording.namespace

        def kubectl(*argv: str, text: str | None = None) -> None:
            subprocess.run(
                [str(binary), "--kubeconfig", str(self._kubeconfig), "-n", namespace, *argv],
                input=text,
                text=True,
                capture_output=True,
                check=True,
                timeout=120,
            )

        kubectl("create", "namespace", namespace)
        try:
            for manifest in story.objects:
                kubectl("apply", "-f", "-", text=json.dumps(manifest))
            for step in story.then:
                if isinstance(step, Wait):
                    time.sleep(step.wait / self._speed)
                elif isinstance(step, Patch):
                    patch = json.dumps(step.patch)
                    kubectl("patch", *step.object.split("/", 1), "--type=merge", "-p", patch)
                elif isinstance(step, str):
                    kubectl(*step.split())
            time.sleep(story.settle / self._speed)
            yield cluster
        finally:
            kubectl("delete", "namespace", namespace, "--wait=true")


def backends() -> list[Backend]:
    """The simulator, with and without its physics, and the real cluster that the environment names."""
    found: list[Backend] = [Replayed(), Simulated()]
    if path := os.environ.get(REAL):
        found.append(Real(Path(path)))
    return found
