"""Names of a Prometheus: asked within the time, however slowly the server speaks."""

from __future__ import annotations

import time

import pytest

from tests.dripping_server import dripping
from tools.promtool import names as module
from tools.promtool.names import PrometheusError, names


def test_names_are_read() -> None:
    with dripping(0.0) as url:
        assert names(url, ["shop"]) == (("up", "node_load1"), ("up", "node_load1"))


def test_a_server_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte begins the connection's own time-out anew."""
    monkeypatch.setattr(module, "SECONDS", 0.3)
    with dripping(0.1) as url:
        began = time.monotonic()
        with pytest.raises(PrometheusError, match="too slow"):
            names(url, None)
        assert time.monotonic() - began < 2
