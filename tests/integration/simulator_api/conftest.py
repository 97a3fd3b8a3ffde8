"""Simulated clusters whose time passes, and the clients of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.server import ApiServer
from tests.kubectl_session import VERSIONS, Session, serving
from tests.python_client import connected


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as server:
        yield server


@pytest.fixture
def api(server: ApiServer, tmp_path: Path) -> Iterator[Any]:
    """The official Python client."""
    with connected(server, tmp_path) as api:
        yield api


@pytest.fixture(scope="module")
def shared_server() -> Iterator[ApiServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module", params=VERSIONS)
def kubectl(
    request: pytest.FixtureRequest,
    shared_server: ApiServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Session:
    """Every kubectl of this machine, in a namespace of its own."""
    session = Session(request.param, shared_server, tmp_path_factory.mktemp("home"))
    session(f"create namespace {session.namespace}")
    return session
