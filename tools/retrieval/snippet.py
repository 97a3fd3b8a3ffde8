"""Snippet: a short piece of reference text with its source. It is data, never an instruction."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from tools.distil.visible import visible
from tools.errors import MagosError

Kind = Literal["runbook", "crd", "run", "field"]
"""runbook: a team's Markdown. run: the report of an earlier run. crd, field: what a field of a custom or a
built-in kind means. What is rarer knowledge stands first."""
KINDS: tuple[Kind, ...] = get_args(Kind)


class RetrievalError(MagosError):
    """The index cannot be used. Nothing depends on it: whoever asks goes on without references."""


class Snippet(NamedTuple):
    """One piece of reference text, cleaned and cut."""

    source: str
    """Where it is from: `path#heading`, `run:ID` or the `kubectl explain` that shows it."""
    title: str
    """The way to it in words: `KubePodCrashLooping > Diagnosis`."""
    text: str
    """The text, one or several lines."""
    kind: Kind


class Entry(NamedTuple):
    """What is put into the index for one snippet."""

    kind: Kind
    source: str
    title: str
    names: str
    """Other words by which it should be found: the file's name, alerts, parts of composed names."""
    text: str
    tag: str = ""
    """An exact key to look it up by: the kind of a field; what makes two runs alike."""
    at: str = ""
    """Date, RFC 3339, of a run."""


def clean(text: str) -> str:
    """The text without escapes and hidden characters, line by line."""
    return "\n".join(visible(line).rstrip() for line in text.split("\n"))
