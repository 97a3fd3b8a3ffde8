"""The one statement that a message makes."""

from __future__ import annotations

from typing import Any

from tools.distil.messages import read


def only(reason: str, message: str, count: int = 1) -> tuple[str, dict[str, Any]]:
    """Name and value of the only statement; fails when there are more or none."""
    statements = read(reason, message, count)
    assert len(statements) == 1, statements
    value = statements[0].value
    assert isinstance(value, dict)
    return statements[0].name, value
