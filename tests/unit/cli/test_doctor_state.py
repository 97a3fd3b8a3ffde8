"""doctor's state folder check: it is tried, and nothing stays behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.doctor import diagnosis
from agent.doctor.check import Check
from agent.settings import load


def state(place: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    monkeypatch.setenv("MAGOS_STATE_DIR", str(place))
    return next(check for check in diagnosis._checks(load()) if check.name == "state")


def test_a_folder_that_can_be_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = state(home / "a" / "b", monkeypatch)
    assert (check.status, check.detail) == ("ok", str(home / "a" / "b"))
    assert not (home / "a").exists()


def test_a_folder_that_is_there_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "a").mkdir()
    assert state(home / "a", monkeypatch).status == "ok"
    assert list((home / "a").iterdir()) == []


# /proc takes no new folders from anybody, root included, although its mode bits may say otherwise.
@pytest.mark.parametrize("place", ["/proc/magos/state", "file/state", "file"])
def test_a_folder_that_cannot_be_made(
    home: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (home / "file").write_text("")
    check = state(home / place, monkeypatch)
    assert check.status == "missing"
    assert "MAGOS_STATE_DIR" in check.fix
