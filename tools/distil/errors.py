"""Errors that kubectl prints: objects that do not exist and access that is denied."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.facts import FactList
from tools.distil.kinds import kind_of, namespaced
from tools.move import Move
from tools.objects import ObjectRef
from tools.output import Output

_NOT_FOUND = re.compile(
    r'\(NotFound\): (?P<resource>[a-z0-9.-]+) "(?P<name>[^"]+)" not found'
    r'(?: in namespace "(?P<namespace>[^"]+)")?'
)
_FORBIDDEN = re.compile(
    r'\(Forbidden\): (?P<resource>[a-z0-9./-]+)(?: "(?P<name>[^"]*)")? is forbidden: '
    r'User ".*?" cannot (?P<verb>[a-z]+) resource "(?P<what>[^"]+)"'
    r'(?: in API group "[^"]*")?(?: in the namespace "(?P<namespace>[^"]+)")?'
)
_PATH = "stderr"
_LINES = 200
"""Lines of stderr that are read; kubectl prints one per object that failed."""
_LENGTH = 4096
"""Characters of a line that are read; kubectl's errors are far shorter."""


def errors(stderr: str, move: Move, facts: FactList) -> None:
    """State `object.exists` false for each NotFound and `access.denied` for each Forbidden."""
    seen: set[str] = set()
    for line in (whole[:_LENGTH] for whole in stderr.splitlines()[:_LINES]):
        if line in seen:
            continue
        seen.add(line)
        if found := _NOT_FOUND.search(line):
            ref = _ref(found["resource"], found["name"], found["namespace"] or move.namespace)
            facts.add(ref, "object.exists", False, path=_PATH, quote=line)
        elif found := _FORBIDDEN.search(line):
            ref = _ref(found["resource"], found["name"] or "*", found["namespace"])
            value: dict[str, JsonValue] = {
                "verb": found["verb"],
                "resource": found["what"],
                "message": line.strip(),
            }
            facts.add(ref, "access.denied", value, path=_PATH, quote=line)


def absent(move: Move, output: Output, facts: FactList) -> None:
    """State `object.exists` false for the names of a `get --ignore-not-found` that found nothing."""
    silent = output.exit_code == 0 and not output.stdout.strip() and not output.stderr.strip()
    if not (silent and move.flags.get("ignore-not-found")):
        return
    for target in move.targets:
        if target.name is not None:
            ref = _ref(target.resource, target.name, move.namespace)
            facts.add(ref, "object.exists", False, path=_PATH, quote="no output")


def _ref(resource: str, name: str, namespace: str | None) -> ObjectRef:
    """A reference by resource name; an unknown resource keeps its name as the kind."""
    kind = kind_of(resource.partition("/")[0]) or resource
    return ObjectRef(kind=kind, namespace=namespace if namespaced(kind) else None, name=name)
