"""Logging goes to stderr, at the level that flags and settings ask for."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from agent.logs import level_for, set_up


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    yield
    structlog.reset_defaults()
    root.setLevel(before[0])
    root.handlers[:] = before[1]


def test_json_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "json")
    structlog.get_logger().info("move done", move="m1")
    structlog.get_logger().debug("not shown")
    out, err = capsys.readouterr()
    assert out == ""
    record = json.loads(err)
    assert (record["event"], record["move"], record["level"]) == ("move done", "m1", "info")


def test_text_has_no_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("warning", "text")
    structlog.get_logger().warning("slow", seconds=3)
    err = capsys.readouterr().err
    assert "slow" in err
    assert "\x1b" not in err


def test_libraries_stay_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "text")
    logging.getLogger("urllib3").warning("retrying")
    assert capsys.readouterr().err == ""
    set_up("debug", "text")
    logging.getLogger("urllib3").warning("retrying")
    assert "retrying" in capsys.readouterr().err


def test_flags_beat_settings() -> None:
    assert level_for(0, quiet=False, configured="warning") == "warning"
    assert level_for(1, quiet=False, configured="warning") == "info"
    assert level_for(2, quiet=False, configured="error") == "debug"
    assert level_for(0, quiet=True, configured="debug") == "error"
