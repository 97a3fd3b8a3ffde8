"""Words as the gate's canonical text quotes them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from model.grammar.expression import Words


def words(found: Iterable[str]) -> Words:
    """One of these, quoted where a shell needs it."""
    return Words(tuple(dict.fromkeys(shlex.quote(word) for word in found)))
