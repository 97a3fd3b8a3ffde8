"""Statement: what one Kubernetes message says, before it is known which object said it."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import JsonValue

MESSAGE_LENGTH = 2048
"""Characters of a message that are read and kept. Events end at 1024 characters; conditions and
waiting messages may be longer, and what they say is at their beginning."""


class Statement(NamedTuple):
    """One typed reading of a message; its subject is the object that the message is about."""

    name: str
    """Fact name from the registry."""
    value: JsonValue
    """Value in the registry's shape."""
    container: str | None = None
    """Container that the message itself names; None when it names none."""


def plain(message: str) -> str:
    """The message on one line, cut to MESSAGE_LENGTH."""
    return " ".join(message[: 2 * MESSAGE_LENGTH].split())[:MESSAGE_LENGTH]
