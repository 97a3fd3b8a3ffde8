"""A model that follows a hint to the letter and knows nothing else, to show that hints are enough to go on."""

from __future__ import annotations

import difflib
import re
import threading
from collections.abc import Sequence

from model.extract import extract
from model.protocol import Completion, Grammar, Segment
from tests.bad_magos import Slip

QUOTES = str.maketrans("“”‘’", "\"\"''")
MEANT = re.compile(r"did you mean `?([^,?`]+)")
FIELD = re.compile(r"(\S+): (?:did you mean (\w+)\?|use (\S+))")
HERE = re.compile(r"There is no \w+ (\S+) in .*? here: ([^\s,]+)")
SCOPE = re.compile(r"(\S+) is outside this run's scope\. -n (\S+)")
CHOICES = re.compile(r"one of:? ([\w, -]+)")


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
    if "without pipes" in told:
        return re.split(r"\s*(?:[|;>]|&&)", said)[0]
    if "plain ASCII" in told:
        return said.translate(QUOTES)
    here, scope = HERE.search(told), SCOPE.search(told)
    if here is not None:
        return said.replace(here[1], here[2])
    if scope is not None:
        return said.replace(scope[1], scope[2])
    field = FIELD.search(told)
    if field is not None and "\n" in said:
        last, name, value = field[1].rpartition(".")[2], field[2], field[3]
        if name:
            return re.sub(rf"\b{re.escape(last)}:", f"{name}:", said, count=1)
        return re.sub(rf"\b{re.escape(last)}: .*", f"{last}: {value}", said, count=1)
    meant, choices = MEANT.search(told), CHOICES.search(told)
    if meant is not None:
        return _replaced(said, told, meant[1])
    if choices is not None:
        options = choices[1].split(", ")
        wrong = _wrong(told)
        near = difflib.get_close_matches(wrong, options, 1, 0.0) or options
        return said.replace(wrong, near[0])
    return said


def _wrong(told: str) -> str:
    """What the message calls wrong: the last thing that it quotes."""
    message = told.split("did you mean")[0].split("one of")[0]
    return str(re.findall(r"`([^`]+)`", message)[-1])


def _replaced(said: str, told: str, meant: str) -> str:
    program = re.match(r"(?:kubectl|promtool) ", meant)
    if program is not None:  # the whole command path
        words, path = said.split(), meant.split()
        return " ".join([*path, *words[len(path) :]])
    field = re.search(r"(\S+) has no field (\w+)", told)
    if field is not None:
        return re.sub(r"\S+\.\S+$", meant, said)
    return re.sub(rf"(?<![\w-]){re.escape(_wrong(told))}(?![\w-])", meant, said, count=1)
