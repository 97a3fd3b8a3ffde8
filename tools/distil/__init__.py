"""Distillers: what commands print, read into typed facts. Pure; no text makes them raise.

Not covered: `top nodes`, JSONPath, custom columns and templates state no facts.
"""

from __future__ import annotations

from tools.distil.describe import describe
from tools.distil.documents import documents, parse_json, parse_yaml
from tools.distil.errors import absent, errors
from tools.distil.facts import FactList
from tools.distil.lists import Listed
from tools.distil.logs import logs
from tools.distil.metrics import metrics
from tools.distil.names import name_lines, names
from tools.distil.rollout import rollout
from tools.distil.tables import table
from tools.distil.usage import usage
from tools.fact import Fact
from tools.move import Move
from tools.output import Output

__all__ = ["distil"]


def distil(move: Move, output: Output) -> list[Fact]:
    """All facts that the (redacted) output of `move` states, in reading order.

    Never raises: text that is not understood states nothing.
    """
    facts = FactList(move.id)
    if move.kind == "names":
        names(parse_json(output.stdout), facts)
    elif move.kind == "promtool":
        if not (output.truncated or output.timed_out):
            metrics(output.stdout, move, facts)
    elif move.kind == "kubectl" and move.command:
        _kubectl(move, output, facts)
    return facts.facts


def _kubectl(move: Move, output: Output, facts: FactList) -> None:
    errors(output.stderr, move, facts)
    match move.command[0]:
        case "get" | "events":
            _get(move, output, facts)
            absent(move, output, facts)
        case "describe":
            describe(output.stdout, move, facts)
            _none_found(move, output, facts)
        case "logs":
            logs(output, move, facts)
        case "top":
            usage(output.stdout, move, facts)
        case "rollout":
            rollout(output, move, facts)


def _get(move: Move, output: Output, facts: FactList) -> None:
    form = move.flags.get("output")
    listed = Listed(move, output)
    if form in ("json", "yaml"):
        # Half a document is not one; what a truncated answer shows cannot be told apart.
        if not (output.truncated or output.timed_out) and output.stdout.strip():
            parse = parse_json if form == "json" else parse_yaml
            documents(parse(output.stdout), facts, listed)
    elif form == "name":
        name_lines(output.stdout, move, facts, listed)
    elif form in (None, "", "wide"):
        if output.stdout.strip():
            table(output.stdout, move, facts, listed)
        _none_found(move, output, facts)


def _none_found(move: Move, output: Output, facts: FactList) -> None:
    """`No resources found` without any text is a complete list without names."""
    silent = output.exit_code == 0 and not output.stdout.strip()
    if silent and "No resources found" in output.stderr:
        Listed(move, output).state(facts, path="stderr")
