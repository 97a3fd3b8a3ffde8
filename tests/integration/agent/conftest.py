"""The console script in a home of its own, and clusters for it to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from sandbox.simulator.access import Rule
from sandbox.simulator.engine import still
from sandbox.simulator.server import ApiServer
from tests.console import Console
from tests.disturbed_cluster import RECORDING
from tests.investigations import served
from tests.recorded_cluster import RecordedLogs, recorded_store


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return Console(tmp_path_factory.mktemp("console") / "home")


@pytest.fixture
def no_crash(console: Console) -> Iterator[None]:
    yield
    assert not (console.state / "crashes").exists()


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster in which one Deployment crashes, and nothing else is the matter."""
    folder = tmp_path_factory.mktemp("cluster")
    with served(recorded_store(RECORDING), RecordedLogs(RECORDING), folder) as path:
        yield path


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[..., tuple[ApiServer, Path]]]:
    """Starts clusters of one's own: their logs and rights, and the server to disturb."""
    servers: list[ApiServer] = []

    def start(
        logs: RecordedLogs | None = None,
        rbac: Sequence[Rule] | None = None,
        namespace: str = "default",
    ) -> tuple[ApiServer, Path]:
        source = logs or RecordedLogs(RECORDING)
        server = ApiServer(
            still(recorded_store(RECORDING)), source, rbac=rbac, move_times=False, simulated=False
        )
        servers.append(server)
        server.serve()
        path = tmp_path / "own-kubeconfig"
        path.write_text(server.kubeconfig_text(namespace), encoding="utf-8")
        return server, path

    yield start
    for server in servers:
        server.stop()
