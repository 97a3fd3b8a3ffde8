"""Plain text: logs, tables, describe. Lines are kept; only what needs several lines is here.

A first look at the whole text (RE2, on bytes) finds the lines that could hold a secret. All
others are passed on untouched, which is what makes ordinary logs cheap.
"""

from __future__ import annotations

import re

from tools.redact import names, patterns
from tools.redact.line import LineRedactor
from tools.redact.mask import PEM_BODY

BEGIN = re.compile(r"-----BEGIN [A-Za-z0-9 ]+-----")
END = re.compile(r"-----END [A-Za-z0-9 ]+-----")
PEM_LINE = re.compile(r"[A-Za-z0-9+/=]{1,200}")
LONGEST_PEM = 400
"""Lines; a longer block is not one."""
LONGEST_LINE = 4096
"""Characters; rules that span lines leave longer ones to the rules for one line."""
PAIR = re.compile(r"""(\s*(?:-\s+)?)["']?(name|value)["']?:\s+["']?(.*?)["']?,?\s*$""", re.I)
FIELD = re.compile(r"(\s{2,})([A-Za-z_][\w.-]*):(\s+)(\S.*?)\s*$")
LABEL = re.compile(r"(\s*(?:[A-Z][A-Za-z0-9]*\s)*[A-Z][A-Za-z0-9]*\sKey):(\s+)(\S.*?)\s*$")
DATA_KEY = re.compile(r"(\S+):\s*$")
FLAG = re.compile(r"""\s*(?:-\s+)?["']?(--?[\w.-]+)["']?,?\s*$""")
ITEM = re.compile(r"""(\s*(?:-\s+)?["']?)(.*?)(["']?,?\s*)$""")
SECRET_KIND = re.compile(r"""["']?kind["']?:\s*["']?(?:Sealed)?Secret\b""")
DATA_BLOCK = re.compile(r"""(\s*)["']?(?:data|stringData|encryptedData)["']?:\s*\{?\s*$""")
ENTRY = re.compile(r"""(\s*["']?[\w.-]+["']?:\s*["']?)([^"']+)(["']?,?\s*)$""")


def redact_text(text: str, redactor: LineRedactor) -> str:
    """The text with its secrets masked, with as many lines as before."""
    text = text.encode("utf-8", "replace").decode()  # JSON can carry half surrogate pairs
    flagged = _flagged(text, redactor)
    if not flagged and not SECRET_KIND.search(text):
        return text
    return "\n".join(_Lines(text.split("\n"), redactor).redact(flagged))


def _flagged(text: str, redactor: LineRedactor) -> list[int]:
    """Indexes of the lines that need a closer look."""
    data = text.encode()
    search = patterns.interesting().search
    lines: list[int] = []
    line, line_start, position = 0, 0, 0
    while (match := search(data, position)) is not None:
        line += data.count(b"\n", line_start, match.start())
        line_start = match.start()
        lines.append(line)
        end = data.find(b"\n", match.start())
        if end < 0:
            break
        position = end
    if redactor.knows(text):
        known = (n for n, content in enumerate(text.split("\n")) if redactor.knows(content))
        lines = sorted({*lines, *known})
    return lines


class _Lines:
    """The lines of one text, rewritten in place."""

    def __init__(self, lines: list[str], redactor: LineRedactor) -> None:
        self._lines = lines
        self._redactor = redactor
        self._mask = redactor.mask
        self._done = -1
        """Index of the last line that is finished and must not be looked at again."""

    def redact(self, flagged: list[int]) -> list[str]:
        self._secret_data()
        for index in flagged:
            if index <= self._done:
                continue
            line = self._lines[index]
            if END.search(line) and not BEGIN.search(line):
                self._pem_above(index)
            elif BEGIN.search(line) and not END.search(line):
                self._pem(index)
            elif len(line) > LONGEST_LINE:
                self._lines[index] = self._redactor.line(line)
            elif not (self._data_entry(index) or self._field(index)):
                self._pair(index)
                self._flag(index)
                self._lines[index] = self._redactor.line(self._lines[index])
        return self._lines

    def _pem(self, start: int) -> None:
        """Mask the body of a PEM block, keeping what stands before it (log timestamps)."""
        self._lines[start] = self._redactor.line(self._lines[start])
        for index in range(start + 1, min(start + LONGEST_PEM, len(self._lines))):
            line = self._lines[index]
            if END.search(line):
                self._done = index
                return
            token = _last_word(line)
            is_header = re.search(r"(?:Proc-Type|DEK-Info|Version|Comment): ", line)
            is_body = PEM_LINE.fullmatch(token) is not None and (
                line.strip() == token or len(token) >= 20 or self._ends_at(index + 1)
            )
            if token and not is_header and not is_body:
                return  # not a PEM body: a stray BEGIN line must not hide the rest
            if token:
                self._lines[index] = line[: line.rindex(token)] + PEM_BODY
            self._done = index

    def _ends_at(self, index: int) -> bool:
        return index < len(self._lines) and END.search(self._lines[index]) is not None

    def _pem_above(self, end: int) -> None:
        """The tail of a block whose BEGIN was cut off."""
        for index in range(end - 1, max(-1, end - LONGEST_PEM), -1):
            line = self._lines[index]
            token = _last_word(line)
            if not PEM_LINE.fullmatch(token) or (len(token) < 20 and line.strip() != token):
                return
            self._lines[index] = line[: line.rindex(token)] + PEM_BODY

    def _field(self, index: int) -> bool:
        """Describe's `DB_PASSWORD:  hunter2`, with continuation lines under the value."""
        match = FIELD.fullmatch(self._lines[index])
        if match is None or (len(match[3]) < 2 and len(match[1]) < 4):
            label = LABEL.fullmatch(self._lines[index])
            if label and names.rank(label[1]) == "strong" and not names.is_plain(label[3]):
                self._lines[index] = f"{label[1]}:{label[2]}{self._mask(label[3])}"
                return True
            return False
        value = match[4].strip("\"'")
        if not names.hides(match[2], value) or match[4].startswith(("{", "[")):
            return False
        self._lines[index] = f"{match[1]}{match[2]}:{match[3]}{self._mask(value)}"
        column = match.start(4)
        self._done = index
        for below in range(index + 1, len(self._lines)):
            line = self._lines[below]
            if not line.strip() or len(line) - len(line.lstrip()) < column:
                break
            self._lines[below] = line[:column] + self._mask(line[column:])
            self._done = below
        return True

    def _data_entry(self, index: int) -> bool:
        """Describe's ConfigMap data: `KEY:`, a line of dashes, then the value."""
        match = DATA_KEY.fullmatch(self._lines[index])
        if match is None or index + 1 >= len(self._lines) or self._lines[index + 1] != "----":
            return False
        if names.rank(match[1]) != "strong" and not names.DATA_FILES.search(match[1]):
            return False
        for below in range(index + 2, len(self._lines)):
            line = self._lines[below]
            ends = not line.strip() and self._is_boundary(below + 1)
            if ends or line in ("BinaryData", "Events:  <none>"):
                break
            if line.strip() and not names.is_plain(line) and not names.is_reference(match[1], line):
                self._lines[below] = self._mask(line)
            self._done = below
        return True

    def _is_boundary(self, index: int) -> bool:
        """Whether a new key, section or the end begins here."""
        if index >= len(self._lines) or not self._lines[index].strip():
            return True
        below = self._lines[index + 1] if index + 1 < len(self._lines) else ""
        return below in ("----", "====") or self._lines[index].startswith("Events:")

    def _pair(self, index: int) -> None:
        """`name: DB_PASSWORD` with `value: hunter2` on the line below or above."""
        match = PAIR.fullmatch(self._lines[index])
        if match is None or match[2].lower() != "name" or names.rank(match[3]) == "none":
            return
        for other in (index + 1, index - 1):
            if not 0 <= other < len(self._lines) or len(self._lines[other]) > LONGEST_LINE:
                continue
            found = PAIR.fullmatch(self._lines[other])
            same_item = found is not None and len(found[1]) == len(match[1])
            if found and same_item and found[2].lower() == "value":
                if names.hides(match[3], found[3]):
                    line = self._lines[other]
                    start, end = found.span(3)
                    self._lines[other] = line[:start] + self._mask(found[3]) + line[end:]
                return

    def _flag(self, index: int) -> None:
        """`--password` alone on its line, its value on the next: describe's and YAML's args."""
        match = FLAG.fullmatch(self._lines[index])
        if match is None or names.rank(match[1]) != "strong" or index + 1 >= len(self._lines):
            return
        if len(self._lines[index + 1]) > LONGEST_LINE:
            return
        item = ITEM.fullmatch(self._lines[index + 1])
        indent = len(self._lines[index]) - len(self._lines[index].lstrip())
        below = len(self._lines[index + 1]) - len(self._lines[index + 1].lstrip())
        if (
            item
            and indent == below
            and not item[2].startswith("-")
            and names.hides(match[1], item[2])
        ):
            self._lines[index + 1] = f"{item[1]}{self._mask(item[2])}{item[3]}"
            self._done = index + 1
            self._lines[index] = self._redactor.line(self._lines[index])

    def _secret_data(self) -> None:
        """Values under `data:` of Secrets in JSON or YAML that does not parse (cut off, mixed)."""
        if not SECRET_KIND.search("\n".join(self._lines)):
            return
        depth: int | None = None
        for index, line in enumerate(self._lines):
            indent = len(line) - len(line.lstrip())
            if depth is not None and line.strip() and indent <= depth:
                depth = None
            if len(line) > LONGEST_LINE:
                continue
            if depth is not None and (entry := ENTRY.fullmatch(line)):
                if not names.is_plain(entry[2]):
                    self._lines[index] = f"{entry[1]}{self._mask(entry[2])}{entry[3]}"
            elif depth is None and (block := DATA_BLOCK.fullmatch(line)):
                depth = len(block[1])


def _last_word(line: str) -> str:
    return (line.rsplit(None, 1) or [""])[-1]
