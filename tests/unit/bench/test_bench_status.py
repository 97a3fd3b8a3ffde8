"""The exit status of `magos-agent bench`."""

from __future__ import annotations

import pytest

from agent.cli.bench import _status
from agent.exits import Exit
from tests.bench_results import result


@pytest.mark.parametrize(
    ("fail_under", "partial", "status"),
    [
        (None, False, Exit.OK),
        (50, False, Exit.OK),
        (50.1, False, Exit.ERROR),
        (0, False, Exit.OK),
        (None, True, Exit.INTERRUPTED),
        (100, True, Exit.INTERRUPTED),
    ],
)
def test_status(
    fail_under: float | None, partial: bool, status: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _status(result(partial=partial), fail_under) is status
    said = capsys.readouterr().err
    assert ("50.0 % right is under 50.1 %" in said) == (status is Exit.ERROR)
    assert ("partial" in said) == partial
