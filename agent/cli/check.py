"""`magos-agent check`: lints kubectl lines, manifests and PromQL, offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import options
from agent.cli.edge import edge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.finding import Finding


@edge
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE...|-", help="Runbooks, scripts, manifests, folders; - is stdin."
        ),
    ] = None,
    lines: Annotated[
        str | None,
        typer.Option(
            "--lines", metavar="FILE|-", help="Strict: one move per line, raw or as JSON."
        ),
    ] = None,
    output: options.PlainOption = options.Plain.TEXT,
    verbose: options.VerboseOption = 0,
) -> None:
    """Lint kubectl lines, manifests and PromQL.

    Looks into runbooks, scripts and YAML, without a cluster; -o json writes one object per line.
    Exits 5 when a command, flag, field, version or expression is wrong.
    """
    from agent.check import check_files, exit_code
    from tools.errors import UsageError

    if bool(files) == (lines is not None):
        raise UsageError(
            "check needs files or --lines, and not both",
            "for example: magos-agent check runbook.md, or: magos-agent check --lines -",
        )
    try:
        findings = check_files(files) if files else _check_lines(str(lines))
    except UnicodeDecodeError as error:
        raise UsageError("standard input is not UTF-8 text") from error
    if output is options.Plain.JSON:
        _write_json(findings)
    else:
        _write_text(findings, everything=verbose > 0)
    if status := exit_code(findings):
        raise typer.Exit(status)


def _check_lines(source: str) -> list[Finding]:
    from agent.check import check_lines
    from tools.errors import UsageError

    if source == "-":
        return check_lines(sys.stdin.buffer)
    try:
        with Path(source).open("rb") as file:
            return check_lines(file, name=source)
    except OSError as error:
        raise UsageError(f"--lines {source}: {error.strerror or 'cannot be read'}") from error


def _write_json(findings: Sequence[Finding]) -> None:
    import json

    for finding in findings:
        sys.stdout.write(json.dumps(finding.to_json()) + "\n")
    sys.stdout.flush()


def _write_text(findings: Sequence[Finding], *, everything: bool) -> None:
    """What is wrong or worth a look as `file:line: decision: reason: message`, then a count."""
    from agent.render.clean import line, shorten

    wrong = [finding for finding in findings if finding.wrong]
    for finding in findings:
        if finding.decision == "allow" and not everything:
            continue
        kind = "error" if finding.wrong else "info"
        said = line(finding.message) or finding.decision
        typer.echo(f"{line(finding.file)}:{finding.lineno}: {kind}: {finding.reason}: {said}")
        if finding.line:
            typer.echo(f"    {shorten(line(finding.line), 160)}")
        if finding.hint:
            typer.echo(f"    hint: {line(finding.hint)}")
    typer.echo(f"{len(findings)} checked, {len(wrong)} wrong", err=True)
