"""ScriptedBackend: answers from a list, so that the loop runs in tests without any model file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from model.protocol import BackendError, Completion, PromptState


class ScriptedBackend:
    """Answers one line after the other; raises BackendError when there are none left."""

    def __init__(
        self, lines: Iterable[str], name: Literal["nano", "magos", "custom"] = "custom"
    ) -> None:
        self.name: str = name
        self._lines = iter(lines)
        self.prompts: list[PromptState] = []
        """Every prompt it was given, in order."""

    def complete(self, prompt: PromptState) -> Completion:
        """The next line. Raises BackendError at the end of the script."""
        self.prompts.append(prompt)
        try:
            text = next(self._lines)
        except StopIteration:
            raise BackendError("the script has ended") from None
        return Completion(text=text, tokens=len(text.split()))
