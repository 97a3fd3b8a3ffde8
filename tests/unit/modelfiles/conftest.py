"""A hub on 127.0.0.1, and a library that pulls from it into a folder of the test."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.hub import Hub
from model.hubcache import HubCache
from model.library import Library
from model.lockfile import FileKey, LockFile
from tests.hub_server import REPOSITORY, HubServer

FILE = "magos-k8s-0.6b-q8_0.gguf"


@pytest.fixture(autouse=True)
def own_client(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A new HTTP client for each test; the developer's proxy knows no hub of a test."""
    from huggingface_hub import close_session

    monkeypatch.setenv("NO_PROXY", "*")
    yield
    close_session()


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as server:
        yield server


@pytest.fixture
def content() -> bytes:
    """Three and a half pieces of what is read at once."""
    return b"GGUF" + random.Random(7).randbytes(3_500_000)


@pytest.fixture
def key() -> FileKey:
    return FileKey(REPOSITORY, "v8", FILE)


@pytest.fixture
def library(hub: HubServer, tmp_path: Path) -> Library:
    lock = LockFile(tmp_path / "state" / "models.lock.json")
    return Library(lock, HubCache(tmp_path / "cache"), Hub(hub.url, pause=0.01))
