"""A model that follows a hint to the letter and knows nothing else, to show that hints are enough to go on."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

from model.extract import extract
from model.protocol import Completion, Grammar, Segment
from tests.bad_magos import Slip
from tools.ladder import TRY

MEANT = re.compile(r"did you mean `?([^,?`]+)")
FIELD = re.compile(r"(\S+): (?:did you mean (\w+)\?|use (\S+))")
HERE = re.compile(r"There is no \w+ (\S+) in .*? here: ([^\s,]+)")
INDENT = re.compile(r"indent line (\d+) by (\d+) spaces")
WRONG = re.compile(r"has no kind `([^`]+)`|has no field (\w+)")


class ObedientModel:
    """Makes each slip once, then does what it is told about it."""

    name = "magos"

    def __init__(self, slips: Sequence[Slip]) -> None:
        self._slips = list(slips)
        self.made: list[tuple[Slip, str]] = []
        """Each slip with the second attempt; empty while there was none."""

    def complete(
        self,
        prompt: Sequence[Segment],
        grammar: Grammar | None,
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        deadline_s: float | None = None,
    ) -> Completion:
        text = "".join(segment.text for segment in prompt)
        _, told, after = text.rpartition("These were wrong, do not repeat them:\n")
        if told and self.made and not self.made[-1][1]:
            slip = self.made[-1][0]
            found = extract(slip.answer)
            better = obey(found.text if found else slip.answer, after.split("\n")[0][2:])
            self.made[-1] = slip, better
            return Completion(text=better)
        slip = self._slips[len(self.made) % len(self._slips)]
        self.made.append((slip, ""))
        return Completion(text=slip.answer)


def obey(said: str, told: str) -> str:
    """The move with what the gate told about it applied, word by word."""
    _, tried, line = told.rpartition(TRY)
    if tried:
        return line
    indent, here = INDENT.search(told), HERE.search(told)
    if indent is not None:
        lines = said.split("\n")
        at = int(indent[1]) - 1
        lines[at] = " " * int(indent[2]) + lines[at].lstrip()
        return "\n".join(lines)
    if here is not None:
        return said.replace(here[1], here[2])
    field = FIELD.search(told)
    if field is not None and "\n" in said:
        last, name, value = field[1].rpartition(".")[2], field[2], field[3]
        if name:
            return re.sub(rf"\b{re.escape(last)}:", f"{name}:", said, count=1)
        return re.sub(rf"\b{re.escape(last)}: .*", f"{last}: {value}", said, count=1)
    meant, wrong = MEANT.search(told), WRONG.search(told)
    if meant is None or wrong is None:
        return said
    return re.sub(rf"(?<![\w-]){re.escape(wrong[1] or wrong[2])}(?![\w-])", _last(meant[1]), said)


def _last(path: str) -> str:
    """The last part of a dotted path."""
    return path.rpartition(".")[2]
