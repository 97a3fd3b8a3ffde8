"""Located: facts about objects that were read from lines instead of JSON.

The text distillers build the part of an API object that the text shows (`Draft`), with the lines
of each part, and hand it to the same functions that read JSON. `LocatedFacts` gives what those
state the lines as evidence. A fact read from a path that no line showed is not a fact, so it is
dropped: absent from `describe` is not the same as absent from the object.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pydantic import JsonValue

from tools.distil.facts import FactList
from tools.distil.visible import visible
from tools.fact import Fact
from tools.objects import ObjectRef

Path = tuple[str | int, ...]
Lines = tuple[int, int]

_SHOWN_WITHOUT_MESSAGE = frozenset({"workload.progressing", "workload.replica_failure"})
_LAST_STEP = re.compile(r'(?:\.[^.\[\]]+|\["[^"]*"\]|\[\d+\]|^[^.\[\]]+)$')


def json_path(path: Path) -> str:
    """The path as evidence has it: `status.conditions[0].reason`."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".")


class Draft:
    """The part of an API object that a text shows."""

    def __init__(self) -> None:
        self.raw: dict[str, JsonValue] = {}
        self.spots: dict[str, Lines] = {}

    def mark(self, path: Path, lines: Lines) -> None:
        """Note the lines that show what is at this path, also when nothing is there."""
        self.spots[json_path(path)] = lines

    def put(self, path: Path, value: JsonValue, lines: Lines) -> None:
        """Set the value at a path, making the objects and arrays on the way."""
        self.mark(path, lines)
        here: JsonValue = self.raw
        for step, after in pairwise(path):
            fresh: JsonValue = [] if isinstance(after, int) else {}
            here = _step(here, step, fresh)
        if isinstance(here, dict) and isinstance(path[-1], str):
            here[path[-1]] = value
        elif isinstance(here, list):
            here.append(value)

    def lines_of(self, path: str) -> Lines | None:
        """Lines that show this JSON path, or the nearest part around it; None when none does.

        `spec` and `status` are no part that would prove what is in them.
        """
        if path in self.spots:
            return self.spots[path]
        while path and path not in ("spec", "status", "metadata"):
            if path in self.spots:
                return self.spots[path]
            step = _LAST_STEP.search(path)
            path = path[: step.start()] if step else ""
        return None


def _step(here: JsonValue, step: str | int, fresh: JsonValue) -> JsonValue:
    if isinstance(here, dict) and isinstance(step, str):
        return here.setdefault(step, fresh)
    if isinstance(here, list) and isinstance(step, int):
        if step == len(here):
            here.append(fresh)
        return here[step] if step < len(here) else None
    return None


class LocatedFacts(FactList):
    """A FactList that turns JSON paths of a draft into lines of the text."""

    def __init__(self, facts: FactList, draft: Draft, text: Sequence[str]) -> None:
        super().__init__(facts._move)
        self.facts = facts.facts
        self._draft = draft
        self._text = text

    def add(
        self,
        subject: ObjectRef,
        name: str,
        value: JsonValue,
        *,
        lines: tuple[int, int] | None = None,
        path: str | None = None,
        quote: str = "",
    ) -> Fact:
        """State a fact when its lines are known; the quote is the first of them."""
        found = lines or (self._draft.lines_of(path) if path else None)
        told = quote
        if found and not _hides_values(path or ""):
            told = self._text[found[0] - 1][:2000]
        known = _without_unknown(name, cleaned(value))
        fact = super().add(subject, name, known, lines=found, quote=visible(told))
        if found is None:
            self.facts.pop()
        return fact


def _without_unknown(name: str, value: JsonValue) -> JsonValue:
    """Conditions are shown without their messages; an empty one would be a false statement."""
    if name in _SHOWN_WITHOUT_MESSAGE and isinstance(value, dict) and not value.get("message"):
        return {key: entry for key, entry in value.items() if key != "message"}
    return value


def _hides_values(path: str) -> bool:
    """Values of variables are not quoted: they are not facts, whatever they hold."""
    return path.endswith(".env")


def cleaned(value: JsonValue) -> JsonValue:
    """The value with hidden characters removed from its strings; line breaks stay."""
    if isinstance(value, str):
        if value.isprintable():
            return value
        return "\n".join(visible(line) for line in value.split("\n"))
    if isinstance(value, list):
        return [cleaned(entry) for entry in value]
    if isinstance(value, dict):
        return {visible(key): cleaned(entry) for key, entry in value.items()}
    return value
