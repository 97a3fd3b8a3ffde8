"""ScriptedBackend: answers from a list, so that the loop runs in tests without any model file."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Literal

from model.protocol import BackendError, Completion, Grammar, Segment


class ScriptedBackend:
    """Answers one line after the other; raises BackendError when there are none left."""

    def __init__(
        self, lines: Iterable[str], name: Literal["nano", "magos", "custom"] = "custom"
    ) -> None:
        self.name: str = name
        self._lines = iter(lines)
        self.prompts: list[tuple[Segment, ...]] = []
        """Every prompt it was given, in order."""
        self.grammars: list[Grammar | None] = []
        """The grammar of each prompt; the answers do not heed it."""

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
        """The next line. Raises BackendError at the end of the script."""
        self.prompts.append(tuple(prompt))
        self.grammars.append(grammar)
        try:
            text = next(self._lines)
        except StopIteration:
            raise BackendError("the script has ended") from None
        return Completion(text=text, tokens=len(text.split()))
