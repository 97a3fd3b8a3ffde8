"""Launching: specs, the kubeconfig, the clock, the time it takes."""

from __future__ import annotations

import json
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.simulator.launch import launch, parse
from tools.errors import UsageError

AT = datetime(2026, 11, 23, 3, 0, 0, 500, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spec", "parsed"),
    [
        ("sim:oom-killed", ("oom-killed", 0)),
        ("sim:oom-killed@12", ("oom-killed", 12)),
        ("oom-killed@0", ("oom-killed", 0)),
    ],
)
def test_specs(spec: str, parsed: tuple[str, int]) -> None:
    assert parse(spec) == parsed


@pytest.mark.parametrize("spec", ["sim:", "sim:a@b", "sim:../x", "sim:A", "kind:x", "sim:a@-1", ""])
def test_no_specs(spec: str) -> None:
    with pytest.raises(UsageError):
        parse(spec)


def test_an_unknown_scenario_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no scenario named"):
        launch("sim:nope", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.integration
def test_a_launch_is_quick_private_and_repeatable(tmp_path: Path) -> None:
    began = time.monotonic()
    first = launch("sim:crash-missing-env@3", tmp_path / "one", at=AT)
    took = time.monotonic() - began
    with first, launch("sim:crash-missing-env@3", tmp_path / "two", at=AT) as second:
        assert first.engine.now == AT.replace(microsecond=0)
        config = json.loads(first.kubeconfig.read_text(encoding="utf-8"))
        assert config["current-context"] == "sim:crash-missing-env@3"
        assert config["contexts"][0]["context"]["namespace"] == first.instance.namespace
        assert stat.S_IMODE(first.kubeconfig.stat().st_mode) == 0o600
        for key in ("pods", "events", "apps/replicasets"):
            assert first.engine.store.list(key) == second.engine.store.list(key)
    assert not first.kubeconfig.exists()
    first.stop()  # twice does no harm
    assert took < 5  # the goal is one second on an idle machine
