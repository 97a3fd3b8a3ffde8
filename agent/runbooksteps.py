"""Steps of a runbook: its kubectl commands, with the blanks that the incident fills. Pure.

A runbook is text from people who may not be trusted. Only commands that the policy calls reads become
steps, each one alone: pipes, redirections and what is behind them are never run. The gate judges them
again, against names and rights, like any other move. A blank is filled with the name of an object the
run has seen, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from agent.case import Case
from tools.kubectl.policy import EVERYWHERE
from tools.ladder import Ladder
from tools.lint.markdown import blocks
from tools.lint.placeholder import MARK, fill, holds
from tools.lint.shell import ShellCommand, ShellError, commands
from tools.lint.transcript import interactive, starting_lines
from tools.objects import ObjectRef
from tools.retrieval import Snippet

KINDS = {"ns": "namespace", "po": "pod", "deploy": "deployment", "svc": "service", "no": "node"} | {
    "sts": "statefulset",
    "ds": "daemonset",
    "pvc": "persistentvolumeclaim",
}
"""Short names that blanks use, as kubectl has them."""
FILLERS = frozenset(
    {"name", "your", "the", "my", "of", "labels", "failing", "affected", "crashing", "value"}
)
"""Words of a blank that do not say what it stands for."""
CAPITALS = re.compile(r"[A-Z][A-Z_]+")
"""A blank without marks, as in `kubectl -n NAMESPACE logs POD`."""
ASSIGNED = re.compile(r"(?:^|[\s;&(`])(?:([A-Za-z_]\w*)=|for\s+([A-Za-z_]\w*)\s+in\b)")
"""Variables that a runbook sets itself: what they hold is its own, not the incident's."""
NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
MOST_COMMANDS = 40
"""Of one runbook that are looked at."""


class Step(NamedTuple):
    """One kubectl command of a runbook."""

    source: str
    """`path#heading`."""
    text: str
    """The command line: canonical when it can be run, else as the runbook has it."""
    why_not: str
    """Why it is left to a person; empty for a read whose blanks are all filled."""


def steps(sections: Iterable[Snippet], names: Mapping[str, str], ladder: Ladder) -> Iterator[Step]:
    """The commands of a runbook's sections in order, each once."""
    seen: set[str] = set()
    sections = list(sections)
    found = (m for section in sections for m in ASSIGNED.finditer(section.text))
    own = {m[1] or m[2] for m in found}

    def known(blank: str) -> str:
        return "" if blank.strip("${}") in own else _known(blank, names)

    for section in sections:
        for command in _commands(fill(section.text, known)):
            words = command.program(frozenset({"kubectl"}))
            if not words or len(seen) >= MOST_COMMANDS:
                continue
            words = [known(w) or w if CAPITALS.fullmatch(w) else w for w in words]
            step = _step(section.source, command, words, ladder)
            if step.text not in seen:
                seen.add(step.text)
                yield step


def names_of(case: Case, about: ObjectRef | None) -> dict[str, str]:
    """Lower-case kind -> the name that a blank of this kind stands for, where that is certain."""
    scope = case.incident.scope
    refs = [about] if about is not None else []
    for view in case.views:
        if view.object == about:
            refs += [ref for ref in (view.pod, view.container, *view.layers) if ref is not None]
            break
    refs += scope.objects
    found: dict[str, str] = {}
    for ref in refs:
        found.setdefault(ref.kind.lower(), ref.name)
        if ref.container:
            found.setdefault("container", ref.container)
        if ref.namespace:
            found.setdefault("namespace", ref.namespace)
    if len(scope.namespaces) == 1:
        found.setdefault("namespace", scope.namespaces[0])
    return {kind: name for kind, name in found.items() if NAME.fullmatch(name)}


def _known(blank: str, names: Mapping[str, str]) -> str:
    """What a blank such as `<your-pod-name>`, `$POD` or `{{ $labels.namespace }}` stands for."""
    words = [word.lower().removesuffix("name") for word in re.findall(r"[A-Za-z]+", blank)]
    kinds = {KINDS.get(word, word) for word in words if word and word not in FILLERS}
    return names.get(kinds.pop(), "") if len(kinds) == 1 else ""


def _commands(text: str) -> Iterator[ShellCommand]:
    """Of fenced blocks and inline code, and of lines that begin with kubectl."""
    for block in blocks(text):
        shown = interactive(block.text)
        try:
            yield from commands(shown)
        except ShellError:  # output or prose between the commands
            yield from starting_lines(shown)
    yield from starting_lines(text)


def _step(source: str, command: ShellCommand, words: list[str], ladder: Ladder) -> Step:
    written = " ".join(words).replace(MARK, "<...>")
    if "xargs" in command.words or any(
        holds(word) or CAPITALS.fullmatch(word) for word in words[1:]
    ):
        return Step(source, written, "what it is about is left to its reader")
    judged = ladder.judge(words, EVERYWHERE)
    if judged.move is None or judged.verdict.decision != "allow":
        return Step(source, written, judged.verdict.message or "it is no read")
    return Step(source, judged.move.text, "")
