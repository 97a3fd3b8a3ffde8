"""Progress of a pull: a bar on a terminal, lines elsewhere, nothing when quiet."""

from __future__ import annotations

import io

import pytest

from agent.cli import download
from agent.cli.download import Download


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal() -> None:
    out = Terminal()
    with Download(out, "a.gguf", quiet=False, color=False) as view:
        view(100_000_000, 610_000_000)
        view(610_000_000, 610_000_000)
        view.say("a note\x1b[2J")
    assert "a.gguf" in out.getvalue()
    assert "610.0" in out.getvalue()
    assert "note: a note" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()


def test_lines_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "LINE_SECONDS", 0.0)
    out = io.StringIO()
    with Download(out, "a.gguf", quiet=False, color=False) as view:
        view(100_000_000, 610_000_000)
    assert out.getvalue() == "a.gguf: 100 of 610 MB\n"


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()])
def test_nothing_when_quiet(out: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "LINE_SECONDS", 0.0)
    with Download(out, "a.gguf", quiet=True, color=False) as view:
        view(1, 2)
        view.say("a note")
    assert out.getvalue() == ""


def test_an_interrupted_pull_says_that_it_goes_on() -> None:
    out = io.StringIO()
    view = Download(out, "a.gguf", quiet=False, color=False)
    with pytest.raises(KeyboardInterrupt), view:
        raise KeyboardInterrupt
    assert "run it again" in out.getvalue()
