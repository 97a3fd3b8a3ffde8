"""An API server that answers byte by byte, or without end, does not hold a run."""

from __future__ import annotations

import time

import pytest

from tests.dripping_server import dripping
from tools import api as module
from tools.api import Api, Endpoint
from tools.credentials import Credentials
from tools.errors import ClusterError


def test_an_answer_is_read_whole() -> None:
    with dripping(0.0) as url:
        assert Api(Endpoint(server=url), Credentials()).get("/version") == {
            "status": "success",
            "data": ["up", "node_load1"],
        }


def test_a_server_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte begins the connection's own time-out anew."""
    monkeypatch.setattr(module, "READ_SECONDS", 0.2)
    with dripping(0.1) as url:
        began = time.monotonic()
        with pytest.raises(ClusterError, match="answered too slowly"):
            Api(Endpoint(server=url), Credentials()).get("/version")
        assert time.monotonic() - began < 2


def test_an_answer_that_is_too_long_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    with dripping(0.0) as url, pytest.raises(ClusterError, match="answered more than"):
        Api(Endpoint(server=url), Credentials()).get("/version")
