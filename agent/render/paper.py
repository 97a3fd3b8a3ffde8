"""Paper: lines of a text report, wrapped at a width; commands are never broken."""

from __future__ import annotations

import re
from typing import Literal

Style = Literal["bold", "dim", "red", "green", "yellow", "cyan", "plain"]
CODES: dict[Style, str] = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "green": "1;32",
    "yellow": "1;33",
    "cyan": "36",
    "plain": "",
}
WORD = re.compile(r"`[^`\n]+`[^\s`]*|\S+")
"""A word, or a whole `quoted command` with the punctuation behind it."""


class Paper:
    """Collects lines. With `color` off the text has no escape sequence at all."""

    def __init__(self, *, width: int = 100, color: bool = False) -> None:
        self._width = width
        self._color = color
        self._lines: list[str] = []

    def raw(self, text: str, *, indent: int = 0, style: Style = "plain") -> None:
        """One line as it is, however long: a command or a quote."""
        self._lines.append(" " * indent + self._styled(text, style))

    def say(
        self, text: str, *, indent: int = 0, hang: int | None = None, style: Style = "plain"
    ) -> None:
        """Prose, wrapped. `hang` is the indent of all lines but the first (default `indent`)."""
        rest = indent if hang is None else hang
        margin, line = indent, ""
        for word in WORD.findall(text):
            if line and margin + len(line) + 1 + len(word) > self._width:
                self.raw(line, indent=margin, style=style)
                margin, line = rest, word
            else:
                line = f"{line} {word}" if line else word
        if line:
            self.raw(line, indent=margin, style=style)

    def head(self, text: str) -> None:
        """A section title with a blank line before it."""
        self.gap()
        self.raw(text, style="bold")

    def gap(self) -> None:
        """A blank line, unless there is one already."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def text(self) -> str:
        """Everything, ending in one newline."""
        return "\n".join(self._lines).rstrip() + "\n"

    def _styled(self, text: str, style: Style) -> str:
        code = CODES[style]
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and code and text else text
