"""Commands in a report: every one can be pasted as it is, and runs against the cluster it is about.

What a remedy says may hold words from the cluster (an image, a variable's name from a log), so each
word is quoted anew. A command that a person must first complete is printed as a shell comment: a
shell takes a bare `<value>` for a redirection, and a quoted one would be set as the value.
"""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

from agent.render.clean import block, line
from agent.reportparts import ClusterInfo

PLACEHOLDER = re.compile(r"<[A-Za-z][A-Za-z0-9 _.-]{0,40}>")
"""Shown bare; none of these letters means anything to a shell."""
HOLE = re.compile(r"<[A-Za-z][^<>\n]{0,60}>")
"""Anything that may be a placeholder: such a command is not printed to be run."""
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
    """One line that a POSIX shell runs as it is, or a comment; with `document` a here-document."""
    document: str
    """YAML on its standard input, or an empty string."""
    note: str
    """What a person must know; an empty string for most."""
    draft: str = ""
    """YAML of the file it names, to be completed first; never fed to a command."""

    @property
    def lines(self) -> list[str]:
        """The lines to paste."""
        if not self.document:
            return [self.text]
        end = END
        while end in self.document.splitlines():
            end += "_"
        return [f"{self.text} <<'{end}'", *self.document.splitlines(), end]


def command(
    text: str, *, cluster: ClusterInfo | None = None, manifest: str | None = None
) -> Command:
    """The command with every word quoted, and its file argument read from standard input.

    kubectl gets the `--kubeconfig` and `--context` of `cluster`; those of `--cluster sim:` exist in
    no kubeconfig, so that pasting the command changes nothing. With a placeholder in the command or
    in its manifest the command is a comment, and the manifest stays a draft.
    """
    plain = " ".join(block(text).split("\n"))
    if plain.startswith("#"):  # the run's own lists of names are no commands, only remarks
        return Command(line(plain), "", "")
    note = ""
    if found := COMMENT.search(plain):
        plain, note = plain[: found.start()], line(found.group(1))
    flag = FILE_FLAG.search(plain)
    document = block(manifest).rstrip() if manifest is not None and flag else ""
    if holes := placeholders(plain, document):
        whole = _with_cluster(_requote(plain), cluster)
        return Command(f"# {whole}   (fill in {', '.join(holes)})", "", note, document)
    if document and flag:
        plain = f"{plain[: flag.start()]}{flag.group(1)}={STDIN}{plain[flag.end() :]}"
    return Command(_with_cluster(_requote(plain), cluster), document, note)


def placeholders(*texts: str) -> list[str]:
    """What a person must fill in, each once: `<value>`."""
    return list(dict.fromkeys(line(hole) for text in texts for hole in HOLE.findall(text)))


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


def _with_cluster(text: str, cluster: ClusterInfo | None) -> str:
    """`kubectl --context=prod get ...`, so that pasting it cannot hit another cluster."""
    if cluster is None or not text.startswith("kubectl "):
        return text
    context = line(cluster.context) or ("sim:" if cluster.simulated else "")
    given = (("--kubeconfig", line(cluster.kubeconfig or "")), ("--context", context))
    flags = [f"{name}={shlex.quote(value)}" for name, value in given if value]
    return " ".join(["kubectl", *flags, text.removeprefix("kubectl ")])
