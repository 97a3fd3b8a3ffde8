"""Synonyms: commands and flags that kubectl has under another name than people and models give them.

Words that are only misspelt are not here: those are found by their likeness (tools.suggest).
"""

from __future__ import annotations

from tools.kubectl.tree import Command

COMMANDS = {
    "get": "display fetch find list ls query read retrieve search show view",
    "describe": "check detail details diagnose examine info inspect status",
    "logs": "tail",
    "top": "metrics stats usage",
    "explain": "doc docs man schema",
}
"""Command -> what it is called elsewhere (docker, git, systemctl, SQL)."""

FLAGS = {
    "all-containers": "all",
    "all-namespaces": "all-ns every-namespace",
    "container": "container-name",
    "for": "for-object involved-object object",
    "label-columns": "labels-as-columns",
    "limit-bytes": "bytes max-bytes",
    "namespace": "ns",
    "output": "fmt format out",
    "previous": "last-terminated prev",
    "revision": "rev",
    "selector": "filter-label label label-selector labels",
    "since": "from newer-than within",
    "since-time": "after start-time",
    "sort-by": "order-by order sort",
    "tail": "count head last last-lines limit line lines max-lines num-lines",
}
"""Flag -> what it is called elsewhere. A command that lacks the flag has no such synonym."""

_COMMAND = {word: name for name, words in COMMANDS.items() for word in words.split()}
_FLAG = {word: name for name, words in FLAGS.items() for word in words.split()}


def command(parent: Command, word: str) -> str | None:
    """The subcommand that `word` stands for; None when there is no such synonym here."""
    name = _COMMAND.get(word.lower())
    return name if name in parent.children else None


def flag(of: Command, name: str) -> str | None:
    """The flag that `--name` stands for; None when there is no such synonym here."""
    found = _FLAG.get(name.lower())
    return found if found in of.flags else None
