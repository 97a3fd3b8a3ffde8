"""Remedies held against the tools that would carry them out: kubectl's grammar and the schemas."""

from __future__ import annotations

import json
import re
import shlex
from functools import cache

from agent.report import Report
from agent.reportparts import Remedy
from tools.ladder import Ladder
from tools.manifest.load import load
from tools.manifest.moves import packed_type
from tools.manifest.schema import SchemaSet

PLACEHOLDER = re.compile(r"<([^<>]+)>")
SAMPLES = {"amount": "1", "port": "80", "number": "2"}
"""What a person might write for a placeholder whose value has a grammar of its own."""
COMMAND = re.compile(r"`(kubectl [^`]+)`|(?:^|: )(kubectl .+?)\.?$")
PATCH_FILE = re.compile(r" --patch-file[ =]\S+")


@cache
def ladder() -> Ladder:
    """The offline rungs."""
    return Ladder.packed()


def filled(text: str) -> str:
    """The text with every placeholder filled in, as a person would."""
    return PLACEHOLDER.sub(lambda match: SAMPLES.get(match[1], "value"), text)


def wrong_steps(report: Report) -> list[str]:
    """What kubectl or the API's schema would not take, of all that a report proposes to run."""
    lines = [a or b for step in report.next_steps for a, b in COMMAND.findall(step)]
    return [*wrong_remedy(report.remedy), *(f for line in lines for f in _line(line))]


def wrong_remedy(remedy: Remedy | None) -> list[str]:
    """The same of a remedy alone."""
    if remedy is None:
        return []
    wrong = [] if remedy.moves else ["a remedy without moves"]
    for move in remedy.moves:
        wrong += _line(move.text, move.manifest)
        if bool(PATCH_FILE.search(move.text)) != bool(move.manifest) and _needs_file(move.text):
            wrong.append(f"{move.text}: patch and file do not belong")
    return [*wrong, *(found for line in remedy.undo for found in _line(line))]


def _needs_file(text: str) -> bool:
    return text.startswith("kubectl patch ") and " -p " not in text


def _line(line: str, manifest: str | None = None) -> list[str]:
    """Problems of one command line; a policy that asks for a person's own hands is none."""
    text = filled(line)
    wrong = [] if "  " not in text.strip() else [f"{line}: gap"]
    if manifest is not None and text.startswith("kubectl apply "):
        document = load(filled(manifest)).value
        wrong += [f"{line}: {problem}" for problem in SchemaSet.packed().check(document)]
    elif manifest is not None:
        document = load(filled(manifest)).value
        words = shlex.split(text)
        resource, _, _ = words[3 if words[1] == "set" else 2].partition("/")
        gvk = packed_type(resource)
        assert gvk is not None, resource
        wrong += [
            f"{line}: {problem}"
            for problem in SchemaSet.packed().check(document, mode="strategic", gvk=gvk)
        ]
        patch = shlex.quote(json.dumps(document))
        text = PATCH_FILE.sub("", text) + (f" -p {patch}" if "--patch-file" in text else "")
    verdict = ladder().judge(text).verdict
    if verdict.decision not in ("allow", "approve") and verdict.rung != "policy":
        wrong.append(f"{line}: {verdict.message}")
    return wrong
