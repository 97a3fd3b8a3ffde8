"""Recorded kubectl commands on every backend: exit code, stdout and stderr agree after normalisation.

The simulator is asked always; a real cluster (kind, envtest with controllers, any other) when
MAGOS_CONFORMANCE_KUBECONFIG names its kubeconfig. What differs must be known, with its reason.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.pace import scaled
from sandbox.simulator.server import ApiServer
from sandbox.simulator.settle import build
from sandbox.simulator.world import World
from tests import real_kubectl
from tests.conformance.backends import Backend, Real, Simulated, backends
from tests.conformance.compare import Difference, Result, compare
from tests.conformance.known import KNOWN, reason
from tests.recording import index, load

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not real_kubectl.binaries(), reason="no kubectl on PATH"),
]

GOAL = 0.95
"""Share of recorded commands that must agree (docs/fidelity.md has the numbers seen)."""
SERVER_SIDE = ("get ", "patch ", "scale ", "set ", "auth ", "top ")
"""Commands whose text another kubectl does not change: the server makes the tables and errors."""


@pytest.fixture
def binary() -> Path:
    found = real_kubectl.best()
    assert found is not None
    return found


def unknown(backend: Backend, result: Result) -> list[Difference]:
    return [
        item
        for item in result.differences
        if not reason(backend.name, item.recording, item.command)
    ]


@pytest.mark.parametrize("name", list(index()))
@pytest.mark.parametrize("backend", backends(), ids=lambda backend: backend.name)
def test_recorded_commands_agree(backend: Backend, name: str, tmp_path: Path, binary: Path) -> None:
    # The replayed objects are asked every third command only; python -m scripts.fidelity asks all.
    every = 3 if backend.name == "recorded objects" else 1
    first = list(index()).index(name) % every
    result = compare(backend, load(name), tmp_path, binary, every=every, first=first)
    agreement = 1 - len(result.differences) / result.commands
    print(f"{backend.name}, {name}: {agreement:.1%} of {result.commands} commands")
    if backend.name != "real cluster":  # of which nobody can know the differences beforehand
        assert not unknown(backend, result)
    if name not in {known.recording for known in KNOWN}:
        assert agreement >= GOAL


@pytest.mark.parametrize("version", sorted(set(real_kubectl.binaries()) - {"1.32"}))
def test_other_kubectl_versions_agree_where_the_server_speaks(version: str, tmp_path: Path) -> None:
    """A few recordings for each version, other ones for each; all exit codes, and server-made text."""
    names = list(index())
    first = sorted(real_kubectl.binaries()).index(version)
    for name in names[first::6]:
        result = compare(
            Simulated(), load(name), tmp_path / name, real_kubectl.binaries()[version], every=2
        )
        bad = [
            item
            for item in unknown(Simulated(), result)
            if item.command.startswith(SERVER_SIDE) or any("exit " in line for line in item.lines)
        ]
        assert not bad


def test_the_way_to_a_real_cluster(tmp_path: Path, binary: Path) -> None:
    """A kubeconfig is all it takes: here of an empty simulated cluster in which time hurries."""
    speed = 60.0
    engine = build(World(), datetime.now(UTC), "conformance")
    with ApiServer(engine, PodLogs(engine), pace=scaled(speed)) as server:
        path = tmp_path / "kubeconfig"
        path.write_text(server.kubeconfig_text(), encoding="utf-8")
        result = compare(
            Real(path, speed), load("configmap-key-missing"), tmp_path, binary, every=4
        )
        assert not engine.store.list("pods", load("configmap-key-missing").namespace)
    agreed = 1 - len(result.differences) / result.commands
    assert agreed >= 0.7, result.differences  # events are counted on while commands run
