"""Columns: cells of the tables that kubectl prints, located by the offsets of their headings.

Values may contain spaces (`3 (28s ago)`) and may be empty, so rows are cut where headings begin.
"""

from __future__ import annotations

import re

_HEADING = re.compile(r"\S+(?: \S+)*")
_CELL = re.compile(r" {2,}")


class Columns:
    """The columns of one table."""

    def __init__(self, header: str) -> None:
        found = list(_HEADING.finditer(header))
        self.names = [match.group() for match in found]
        self._starts = [match.start() for match in found]

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def cells(self, line: str) -> dict[str, str]:
        """Cells of a row by heading, stripped; empty when the row does not fit the headings.

        Redaction may change the width of a cell. Such a row is read by its gaps instead, which
        works unless it has empty cells.
        """
        if all(self._fits(line, start) for start in self._starts):
            ends = [*self._starts[1:], len(line)]
            spans = zip(self.names, self._starts, ends, strict=True)
            return {name: line[start:end].strip() for name, start, end in spans}
        parts = _CELL.split(line.strip(), maxsplit=len(self.names) - 1)
        if len(parts) != len(self.names):
            return {}
        return {name: part.strip() for name, part in zip(self.names, parts, strict=True)}

    def _fits(self, line: str, start: int) -> bool:
        """Whether a cell may begin at this offset: a gap of two spaces is before it.

        A message of several lines makes kubectl align the rows after it anew, without headings.
        """
        return start == 0 or start >= len(line) or line[max(0, start - 2) : start].isspace()
