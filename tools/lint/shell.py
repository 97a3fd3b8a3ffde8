"""Simple commands in shell text: which words a script runs, on which line.

A reader, not a shell: pipelines, lists, substitutions and here-documents are taken apart, variables
become a mark, nothing is expanded or run. Not covered: functions' meaning, `eval`, nested `sh -c`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tools.lint.placeholder import ANGLE, MARK

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_HEREDOC = re.compile(r"<<(-?)[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([A-Za-z0-9_.-]+))")
_REDIRECT = re.compile(r"\d*(?:&>>|&>|<<<|>>|>&|<&|>\||<>|>|<)")
_RESERVED = frozenset(
    {"if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac"}
    | {"{", "}", "!", "time", "in", "function"}
)
_WRAPPERS = frozenset(
    {"sudo", "env", "watch", "xargs", "timeout", "nohup", "exec", "command", "nice", "stdbuf"}
)


class ShellError(Exception):
    """The text ends inside a quote or a substitution."""


@dataclass
class ShellCommand:
    """One simple command."""

    line: int
    """Line of its first word, from 1."""
    text: str = ""
    """As written, on one line."""
    words: list[str] = field(default_factory=list)
    """Words without quotes; MARK for what is expanded at run time."""
    bodies: list[tuple[int, str]] = field(default_factory=list)
    """Here-documents: line of the first body line, and the body."""

    def program(self, names: frozenset[str]) -> list[str]:
        """The words from one of the program names on; empty when it runs none of them.

        Assignments, `sudo`, `watch`, `xargs` and the like before it are passed over.
        """
        wrapped = False
        for index, word in enumerate(self.words[:12]):
            name = word.rpartition("/")[2]
            if name in names:
                return [name, *self.words[index + 1 :]]
            if name in _WRAPPERS:
                wrapped = True
            elif not (wrapped or word in _RESERVED or _ASSIGNMENT.match(word)):
                return []
        return []


def commands(text: str, first_line: int = 1) -> list[ShellCommand]:
    """All simple commands, those in `$( )` and backticks too, by line. Raises ShellError."""
    reader = _Reader(text, first_line)
    reader.read()
    return sorted(reader.found, key=lambda command: command.line)


class _Reader:
    """One pass over the characters; nested substitutions use a reader of their own."""

    def __init__(self, text: str, first_line: int) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._line = first_line
        self._word: list[str] | None = None
        self._start = 0
        self._command: ShellCommand | None = None
        self._waiting: list[tuple[str, bool, ShellCommand]] = []
        self._drop_next = False
        self.found: list[ShellCommand] = []

    def read(self) -> None:
        while self._at < len(self._text):
            self._step()
        self._end_command()

    def _step(self) -> None:
        text, at = self._text, self._at
        char = text[at]
        if char == "\n":
            self._newline()
        elif char in " \t":
            self._end_word()
            self._at += 1
        elif char == "\\":
            self._escape()
        elif char == "#" and self._word is None:
            end = text.find("\n", at)
            self._at = len(text) if end < 0 else end
        elif char in "'\"":
            self._quoted(char)
        elif char == "$":
            self._dollar()
        elif char == "`":
            self._nested(at + 1, self._close_backtick(at + 1))
        elif char == "<" and (angle := ANGLE.match(text, at)):
            self._add(MARK, len(angle[0]))
        elif char in "<>" or (char == "&" and text[at : at + 2] == "&>"):
            self._redirect()
        elif char in ";|&()":
            self._end_command()
            self._at += 1
        else:
            self._add(char, 1)

    def _add(self, part: str, length: int) -> None:
        """A piece of the current word, read from `length` characters."""
        if self._command is None:
            self._command = ShellCommand(self._line)
            self._start = self._at
        if self._word is None:
            self._word = []
        self._word.append(part)
        self._line += self._text.count("\n", self._at, self._at + length)
        self._at += length

    def _end_word(self) -> None:
        if self._word is not None and self._command is not None and not self._drop_next:
            self._command.words.append("".join(self._word))
        if self._word is not None:
            self._drop_next = False
        self._word = None

    def _end_command(self) -> None:
        self._end_word()
        self._drop_next = False
        if self._command is not None:
            written = self._text[self._start : self._at]
            self._command.text = re.sub(r"\s*\\\n\s*", " ", written).strip()
            if self._command.words:
                self.found.append(self._command)
        self._command = None

    def _newline(self) -> None:
        self._end_command()
        self._at += 1
        self._line += 1
        for delimiter, stripped, owner in self._waiting:
            self._body(delimiter, stripped, owner)
        self._waiting = []

    def _body(self, delimiter: str, stripped: bool, owner: ShellCommand) -> None:
        first, lines = self._line, []
        while self._at < len(self._text):
            end = self._text.find("\n", self._at)
            end = len(self._text) if end < 0 else end
            line = self._text[self._at : end]
            self._at = min(end + 1, len(self._text))
            self._line += 1
            line = line.lstrip("\t") if stripped else line
            if line.strip() == delimiter:
                break
            lines.append(line)
        owner.bodies.append((first, "\n".join(lines) + "\n"))

    def _escape(self) -> None:
        following = self._text[self._at + 1 : self._at + 2]
        if following == "\n" or not following:
            self._end_word()
            self._at += 2
            self._line += following == "\n"
        else:
            self._add(following, 2)

    def _quoted(self, quote: str) -> None:
        at, parts = self._at + 1, []
        while True:
            if at >= len(self._text):
                raise ShellError(f"a {quote} is never closed")
            char = self._text[at]
            if char == quote:
                break
            if quote == '"' and char == "\\" and at + 1 < len(self._text):
                parts.append(self._text[at + 1])
                at += 2
            elif quote == '"' and char == "$" and (end := self._variable_end(at)):
                parts.append(MARK)
                self._inner(at, end)
                at = end
            elif quote == '"' and char == "`":
                end = self._close_backtick(at + 1) + 1
                parts.append(MARK)
                at = end
            else:
                parts.append(char)
                at += 1
        self._add(ANGLE.sub(MARK, "".join(parts)), at + 1 - self._at)

    def _dollar(self) -> None:
        end = self._variable_end(self._at)
        if end:
            self._inner(self._at, end)
            self._add(MARK, end - self._at)
        elif self._text[self._at + 1 : self._at + 2] in ("'", '"'):
            self._at += 1
        else:
            self._add("$", 1)

    def _variable_end(self, at: int) -> int:
        """End of the expansion that starts at a `$`; 0 when it is a plain dollar sign."""
        following = self._text[at + 1 : at + 2]
        if following == "(":
            return self._close(at + 2, "(", ")") + 1
        if following == "{":
            return self._close(at + 2, "{", "}") + 1
        name = _NAME.match(self._text, at + 1)
        return name.end() if name else 0

    def _inner(self, at: int, end: int) -> None:
        """Commands inside `$( )`; arithmetic `$(( ))` has none."""
        inside = self._text[at + 2 : end - 1]
        if self._text[at + 1] == "(" and not inside.startswith("("):
            line = self._line + self._text.count("\n", self._at, at)
            self.found.extend(commands(inside, line))

    def _close(self, at: int, opening: str, closing: str) -> int:
        depth, quote = 1, ""
        while at < len(self._text):
            char = self._text[at]
            if char == "\\":
                at += 1
            elif quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char == opening:
                depth += 1
            elif char == closing:
                depth -= 1
                if depth == 0:
                    return at
            at += 1
        raise ShellError(f"a {opening} is never closed")

    def _close_backtick(self, at: int) -> int:
        end = self._text.find("`", at)
        if end < 0:
            raise ShellError("a ` is never closed")
        return end

    def _nested(self, start: int, end: int) -> None:
        self.found.extend(commands(self._text[start:end], self._line))
        self._add(MARK, end + 1 - self._at)

    def _redirect(self) -> None:
        if self._word is not None and not "".join(self._word).isdigit():
            self._end_word()
        self._word = None  # the digit of `2>` is no argument
        heredoc = _HEREDOC.match(self._text, self._at)
        if heredoc and not self._text.startswith("<<<", self._at):
            if self._command is None:
                self._command, self._start = ShellCommand(self._line), self._at
            delimiter = heredoc[2] or heredoc[3] or heredoc[4]
            self._waiting.append((delimiter, heredoc[1] == "-", self._command))
            self._at = heredoc.end()
            return
        sign = _REDIRECT.match(self._text, self._at)
        self._at = sign.end() if sign else self._at + 1
        self._drop_next = True
