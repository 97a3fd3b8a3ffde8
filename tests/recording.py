"""The vendored recordings: what kubectl answered about real faults on a real Kubernetes 1.36."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from tools.move import Move, Target
from tools.output import Output

FOLDER = Path(__file__).parent / "data" / "recordings"

_SHORT_FLAGS = {"-o": "output", "-l": "selector", "-c": "container", "-p": "previous"}


class Command(NamedTuple):
    """One recorded kubectl call."""

    argv: list[str]
    exit: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """The call without `kubectl` and without its namespace: `get pods -o json`."""
        words = self.argv[1:]
        at = words.index("-n") if "-n" in words else len(words)
        return " ".join(words[:at] + words[at + 2 :])

    @property
    def output(self) -> Output:
        """The answer as the runner gives it."""
        return Output(exit_code=self.exit, stdout=self.stdout, stderr=self.stderr)


class Recording(NamedTuple):
    """One fault (or the control): its commands and what a right conclusion says."""

    id: str
    namespace: str
    alert: dict[str, str]
    commands: list[Command]
    cause: str | None
    object: str | None

    def command(self, text: str) -> Command:
        """The command whose text (without namespace) is `text`; KeyError when not recorded."""
        for command in self.commands:
            if command.text == text:
                return command
        raise KeyError(text)

    def matching(self, *words: str) -> list[Command]:
        """Commands that begin with these words after `kubectl`."""
        return [c for c in self.commands if tuple(c.argv[1 : len(words) + 1]) == words]


@cache
def index() -> dict[str, dict[str, Any]]:
    """Expected conclusions by recording id, in the index's order."""
    raw = YAML(typ="safe").load((FOLDER / "index.yaml").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in raw["recordings"]}


@cache
def load(name: str) -> Recording:
    """One recording by id."""
    raw = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    expected = index()[name]
    return Recording(
        id=name,
        namespace=raw["namespace"],
        alert=raw["alert"],
        commands=[Command(c["argv"], c["exit"], c["stdout"], c["stderr"]) for c in raw["commands"]],
        cause=expected["cause"],
        object=expected["object"],
    )


def move_of(argv: list[str], move_id: str = "m1") -> Move:
    """A typed Move for a recorded argv: enough of a parser for the recordings' own spelling."""
    words = argv[1:]
    flags: dict[str, str | bool | list[str]] = {}
    namespace: str | None = None
    rest: list[str] = []
    while words:
        word = words.pop(0)
        if word == "-n":
            namespace = words.pop(0)
        elif word in _SHORT_FLAGS:
            flags[_SHORT_FLAGS[word]] = words.pop(0)
        elif word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            flags[name] = value if equals else True
        else:
            rest.append(word)
    length = 2 if rest[0] in ("rollout", "auth", "set") else 1
    targets: list[Target] = []
    if rest[0] in ("get", "describe", "rollout"):
        targets = _targets(rest[length:])
    elif rest[0] == "logs":
        kind, _, name = rest[1].rpartition("/")
        targets = [Target(resource=kind or "pods", name=name)]
    return Move(
        id=move_id,
        kind="kubectl",
        command=tuple(rest[:length]),
        targets=tuple(targets),
        flags=flags,
        namespace=namespace,
        text=" ".join(argv),
    )


def _targets(words: list[str]) -> list[Target]:
    if any("/" in word for word in words):
        pairs = [word.split("/", 1) for word in words]
        return [Target(resource=kind, name=name) for kind, name in pairs]
    if not words:
        return []
    names: list[str | None] = [*words[1:]] or [None]
    return [Target(resource=kind, name=n) for kind in words[0].split(",") for n in names]
