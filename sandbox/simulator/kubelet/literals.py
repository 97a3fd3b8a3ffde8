"""Programs that say all they do in their command line, such as `sh -c 'echo bad config; exit 3'`.

Only for containers that no profile of the world matches. The whole language:

    true | false | sleep N[s|m|h|d] | sleep infinity | echo WORDS     as a program of its own
    sh -c SCRIPT     (also ash, bash, with or without /bin/): these, `exit [N]` and `:`, joined by
                     `;`, newline, `&&` or `||`; `echo` may end in `>&2` or `1>&2`
    exit N           as a program: there is no such file, it is a word of the shell

Anything else (variables, pipes, other files, other programs, output between two sleeps) is not read:
then the program is healthy, as every program that nobody described.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from sandbox.simulator.apps import App, Exit

_SHELLS = frozenset({"sh", "ash", "bash"})
_FOLDERS = ("/bin/", "/usr/bin/")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_PAUSE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([smhd]?)")
_TOKEN = re.compile(
    r"(?P<blank>[ \t]+)|(?P<joint>&&|\|\||[;\n])|(?P<stderr>(?:(?<=[ \t])1)?>&2(?=[ \t;\n&|]|$))"
    # an unquoted word has no character that a shell may obey, a quoted one no variable
    r"|(?P<word>(?:[^\s'\"$`\\;&|<>()#~*?\[{]|'[^'\n]*'|\"[^\"$`\\\n]*\")+)"
)
_QUOTES = re.compile(r"'[^']*'|\"[^\"]*\"")
_LONGEST = 2000
"""Characters of a script; longer ones are programs, not gestures."""


class _Unread(Exception):
    """The command is not of this language."""


@lru_cache(maxsize=1024)  # asked again and again; who compares profiles by identity finds the same
def app(image: str, command: tuple[str, ...]) -> App | None:
    """The profile of a command line; None when it is not of this language."""
    if not command:
        return None
    name = _program(command[0])
    try:
        if name == "exit":
            return App(image=image, binaries=[])
        if name in _SHELLS and len(command) == 3 and command[1] == "-c":
            return _Told(image).script(command[2])
        if name in ("true", "false", "sleep", "echo"):
            return _Told(image).words([name, *command[1:]])
    except _Unread:
        pass
    return None


class _Told:
    """What a script has done so far."""

    def __init__(self, image: str) -> None:
        self._image = image
        self._age = 0.0
        self._status = 0
        self._lines: list[tuple[float, str]] = []

    def words(self, words: list[str]) -> App:
        """The profile of one command."""
        self._ended(words)
        return self._app()

    def script(self, text: str) -> App:
        """The profile of a script."""
        for joint, words in list(_statements(text)):  # a mistake behind an exit is one too
            if (joint == "&&" and self._status) or (joint == "||" and not self._status):
                continue
            if self._ended(words):
                break
        return self._app()

    def _ended(self, words: list[str]) -> bool:
        """Carry out one command; True when nothing comes after it."""
        name, rest = words[0], words[1:]
        match name, rest:
            case (("true" | "false" | ":"), _):
                self._status = int(name == "false")
            case "echo", _ if not (rest and rest[0].startswith("-")):
                self._status = 0
                self._lines.append((self._age, " ".join(rest)))
            case "sleep", ["infinity" | "inf"]:
                self._status, self._age = 0, float("inf")
                return True
            case "sleep", [given] if found := _PAUSE.fullmatch(given):
                self._status = 0
                self._age += float(found[1]) * _SECONDS[found[2]]
            case "exit", []:
                return True
            case "exit", [code] if code.isdecimal() and len(code) < 10:
                self._status = int(code) % 256
                return True
            case _:
                raise _Unread
        return False

    def _app(self) -> App:
        """The profile of what was done; output between two sleeps is more than one can tell."""
        first = [line for at, line in self._lines if at == 0 < self._age]
        last = [line for at, line in self._lines if at == self._age]
        if len(first) + len(last) < len(self._lines):
            raise _Unread
        if self._age == float("inf"):
            return App(image=self._image, log=first)
        ending = Exit(after=self._age, code=self._status, log=last)
        return App(image=self._image, log=first, exits=ending)


def _statements(script: str) -> Iterator[tuple[str, list[str]]]:
    """(joint before it, words) of each command."""
    if len(script) > _LONGEST:
        raise _Unread
    joint, words, place = ";", list[str](), 0
    while place < len(script):
        found = _TOKEN.match(script, place)
        if found is None:
            raise _Unread
        place, text = found.end(), found[0]
        if found.lastgroup == "word":
            words.append(_QUOTES.sub(lambda quoted: quoted[0][1:-1], text))
        elif found.lastgroup == "stderr" and words[:1] != ["echo"]:
            raise _Unread
        elif found.lastgroup == "joint":
            if words:
                yield joint, words
                joint, words = text.replace("\n", ";"), []
            elif text != "\n":
                raise _Unread
    if words:
        yield joint, words
    elif joint != ";":
        raise _Unread


def _program(path: str) -> str:
    for folder in _FOLDERS:
        if path.startswith(folder):
            return path.removeprefix(folder)
    return path
