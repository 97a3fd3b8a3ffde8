"""Commands in a report: every one can be pasted as it is, and runs against the cluster it is about.

What a remedy says may hold words from the cluster (an image, a variable's name from a log), so each
word is quoted anew. Placeholders such as `<value>` stay bare: a shell answers them with a syntax
error, where a quoted one would be set as the value.
"""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

from agent.render.clean import block, line

PLACEHOLDER = re.compile(r"<[A-Za-z][A-Za-z0-9 _.-]{0,40}>")
COMMENT = re.compile(r"\s{2,}#\s+(.*)$")
"""Two blanks before it, as playbooks write it; a # inside a quoted word has fewer."""
FILE_FLAG = re.compile(r"(--patch-file|--filename|-f)(?:=|\s+)(\S+)")
EMBEDDED = re.compile(
    r"^(?P<prose>(?:[^:]|:(?! ))*:\s+)?(?P<command>(?:kubectl|promtool|magos-agent) \S.*)$"
)
STDIN = "/dev/stdin"
END = "MAGOS"


class Command(NamedTuple):
    """A command line, what is fed to it, and a note for the reader."""

    text: str
    """One line that a POSIX shell runs as it is; with `document` a here-document."""
    document: str
    """YAML on its standard input, or an empty string."""
    note: str
    """What a person must know; an empty string for most."""

    @property
    def lines(self) -> list[str]:
        """The lines to paste."""
        if not self.document:
            return [self.text]
        end = END
        while end in self.document.splitlines():
            end += "_"
        return [f"{self.text} <<'{end}'", *self.document.splitlines(), end]


def command(text: str, *, context: str = "", manifest: str | None = None) -> Command:
    """The command with every word quoted, `--context` added, and its file argument read from stdin.

    `context` is left out for simulated clusters, whose kubeconfig is gone after the run.
    """
    plain = " ".join(block(text).split("\n"))
    if plain.startswith("#"):  # the run's own lists of names are no commands, only remarks
        return Command(line(plain), "", "")
    note = ""
    if found := COMMENT.search(plain):
        plain, note = plain[: found.start()], line(found.group(1))
    document = ""
    if manifest is not None and (flag := FILE_FLAG.search(plain)):
        plain = f"{plain[: flag.start()]}{flag.group(1)}={STDIN}{plain[flag.end() :]}"
        document = block(manifest).rstrip()
    return Command(_with_context(_requote(plain), context), document, note)


def embedded(text: str) -> tuple[str, str]:
    """The prose and the command of a sentence such as `Read the log: kubectl logs web-1`.

    The command is empty when the sentence does not end in one.
    """
    plain = line(text)
    found = EMBEDDED.match(plain)
    if found is None:
        return plain, ""
    return (found.group("prose") or "").strip(), found.group("command")


def _requote(text: str) -> str:
    """The same words, quoted for a POSIX shell; placeholders stay bare."""
    holders = PLACEHOLDER.findall(text)
    marked = PLACEHOLDER.sub("\x00", text)
    try:
        words = shlex.split(marked)
    except ValueError:  # an unbalanced quote: take the blanks as the only separators
        words = marked.split()
    quoted = " ".join("\x00".join(_quote(part) for part in word.split("\x00")) for word in words)
    for holder in holders:
        quoted = quoted.replace("\x00", holder, 1)
    return quoted


def _quote(part: str) -> str:
    return shlex.quote(part) if part else ""


def _with_context(text: str, context: str) -> str:
    """`kubectl --context=prod get ...`, so that pasting it cannot hit another cluster."""
    if not context or not text.startswith("kubectl "):
        return text
    return f"kubectl --context={shlex.quote(line(context))} {text.removeprefix('kubectl ')}"
