"""Redaction: nothing that is a credential is stored, shown or given to a model.

Three layers: the structure of Kubernetes objects, the shapes of well-known credentials and names
that promise one, and this run's own credentials by their exact text. Lines are kept, so that
evidence spans stay valid. Not covered: a secret with no telling name, shape or place (a word-like
password alone in a log line), which nothing can tell from a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tools.redact.documents import redact_json, redact_yaml
from tools.redact.line import LineRedactor
from tools.redact.mask import Mask
from tools.redact.text import redact_text

__all__ = ["Redactor", "redact"]


class Redactor:
    """Redacts whole outputs. The same secret gets the same mask from one Redactor."""

    def __init__(self, known: Sequence[str] = (), *, key: bytes | None = None) -> None:
        self._mask = Mask(key)
        self._line = LineRedactor(known, self._mask)

    def learn(self, known: Iterable[str]) -> None:
        """Add exact credential strings to hide, such as a refreshed token."""
        self._line.learn(known)

    def text(self, text: str) -> str:
        """The text without secrets and with as many lines; JSON, YAML and plain are told apart."""
        start = text.lstrip()[:1]
        redacted: str | None = None
        if start in ("{", "["):
            redacted = redact_json(text, self.plain, self._mask)
        elif start:
            redacted = redact_yaml(text, self.plain, self._mask)
        return self.plain(text) if redacted is None else redacted

    def plain(self, text: str) -> str:
        """The text without secrets, taken as plain lines."""
        return redact_text(text, self._line)

    def hide(self, text: str) -> str:
        """Every line of the text masked whole: values printed without their names."""
        return "\n".join(self._mask(line) if line.strip() else line for line in text.split("\n"))


def redact(text: str) -> str:
    """The text without secrets, by a Redactor that knows no credentials."""
    return Redactor().text(text)
