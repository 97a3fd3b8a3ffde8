"""`magos-agent check`: lints kubectl lines, manifests and PromQL, offline."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import options
from agent.cli.edge import edge
from agent.exits import Exit


@edge
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE...|-", help="Runbooks, scripts, manifests; - is stdin."),
    ] = None,
    lines: Annotated[
        str | None,
        typer.Option(
            "--lines", metavar="FILE|-", help="One move per line, raw or as JSON; strict."
        ),
    ] = None,
    output: options.PlainOption = options.Plain.TEXT,
    verbose: options.VerboseOption = 0,
) -> None:
    """Lint kubectl lines, manifests and PromQL.

    Looks into runbooks, scripts and YAML, without a cluster. Exits 5 when something is wrong.
    """
    raise typer.Exit(Exit.REFUSED)
