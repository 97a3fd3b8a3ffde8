"""`kubectl rollout status` and `rollout history`."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.facts import FactList
from tools.distil.kinds import kind_of
from tools.move import Move
from tools.objects import ObjectRef
from tools.output import Output

_DONE = re.compile(
    r"successfully rolled out|roll ?out complete|rolling update complete|update complete", re.I
)
_HEADING = re.compile(r"^(?P<resource>[a-z]+)(?:\.apps)?[/ ]\"?(?P<name>[a-z0-9][a-z0-9.-]*)")
_NAMED = re.compile(
    r'(?P<resource>deployment|daemon set|statefulset|stateful set) "(?P<name>[^"]+)"'
)
_REVISION = re.compile(r"^(\d{1,15})\s+(\S.*?)\s*$")


def _subject(move: Move, named: re.Match[str] | None) -> ObjectRef | None:
    """The workload of the move; where the move names none, the one that the output names."""
    for target in move.targets:
        kind = kind_of(target.resource)
        if kind is not None and target.name:
            return ObjectRef(kind=kind, namespace=move.namespace, name=target.name)
    if named is not None and (kind := kind_of(named["resource"].replace(" ", ""))) is not None:
        return ObjectRef(kind=kind, namespace=move.namespace, name=named["name"])
    return None


def status(output: Output, move: Move, facts: FactList) -> None:
    """State `rollout.status` and `rollout.complete`; nothing when kubectl said nothing of it."""
    lines = output.stdout.splitlines()
    said = [(n, line.strip()) for n, line in enumerate(lines, start=1) if line.strip()]
    subject = _subject(move, _NAMED.search(output.stdout) or _NAMED.search(output.stderr))
    failed = _failure(output.stderr)
    if subject is None or not (said or failed):
        return
    if not said and "(NotFound)" in failed:
        return
    number, last = said[-1] if said else (0, "")
    complete = output.exit_code == 0 and _DONE.search(last) is not None
    told = "; ".join(part for part in (last, failed) if part)
    span, path = ((number, number), None) if said else (None, "stderr")
    facts.add(subject, "rollout.status", told, lines=span, path=path, quote=told)
    facts.add(subject, "rollout.complete", complete, lines=span, path=path, quote=told)


def _failure(stderr: str) -> str:
    """The last error line, which says how the waiting ended."""
    lines = [line.strip() for line in stderr.splitlines() if line.lower().startswith("error")]
    return lines[-1] if lines else ""


def history(output: Output, move: Move, facts: FactList) -> None:
    """State `rollout.revisions` from the table; `--revision` output has none."""
    if move.flags.get("revision"):
        return
    revisions: list[JsonValue] = []
    first = last = 0
    heading: re.Match[str] | None = None
    for n, line in enumerate(output.stdout.splitlines(), start=1):
        if found := _REVISION.match(line):
            cause = "" if found.group(2) == "<none>" else found.group(2)
            revisions.append({"revision": int(found.group(1)), "cause": cause})
            first, last = first or n, n
        elif heading is None and not line.startswith("REVISION"):
            heading = _HEADING.match(line)
    subject = _subject(move, heading)
    if subject is None or not revisions:
        return
    quote = f"revisions: {', '.join(str(r['revision']) for r in revisions if isinstance(r, dict))}"
    facts.add(subject, "rollout.revisions", revisions, lines=(first, last), quote=quote)


def rollout(output: Output, move: Move, facts: FactList) -> None:
    """State what a `rollout` move said."""
    if move.command[-1:] == ("status",):
        status(output, move, facts)
    elif move.command[-1:] == ("history",):
        history(output, move, facts)
