"""Names moves: the run's own metadata-only lists. Made by code, never parsed from a model's text."""

from __future__ import annotations

import re

from tools.move import Move, Target

FORM = re.compile(r"# names of (?P<kind>[A-Za-z]+)( in (?P<namespace>[a-z0-9.-]+))?")
"""Written as a shell comment, so that pasting a report's commands does nothing for it."""


def parse_names_move(text: str) -> Move | None:
    """The move of a playbook's `# names of Secret in shop`, or None for any other text."""
    match = FORM.fullmatch(text.strip())
    if match is None:
        return None
    kind, namespace = match["kind"], match["namespace"]
    return Move(
        kind="names",
        command=("names",),
        targets=(Target(resource=kind),),
        namespace=namespace,
        text=text.strip(),
        repeat_key=f"names {kind} {namespace}",
    )
