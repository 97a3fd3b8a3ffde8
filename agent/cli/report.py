"""`magos-agent report`: shows a stored report again, or what one of its moves answered."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from agent.cli import options
from agent.cli.edge import edge


@edge
def report(
    run: options.RunArgument = "latest",
    move: Annotated[
        str | None,
        typer.Option("--move", metavar="ID", help="Show this move's redacted output instead."),
    ] = None,
    output: options.OutputOption = None,
    output_file: options.OutputFileOption = None,
    verbose: options.VerboseOption = 0,
) -> None:
    """Show a stored report, or what a move said."""
    from agent.cli.session import Session, check_writable
    from agent.render.clean import block

    flags = {"output": output.value if output is not None else None}
    session = Session.open(flags, verbose=verbose)
    check_writable(output_file)
    folder = session.runs.open(run)
    if move is None:
        session.emit(folder.report(), output_file)
        return
    # Evidence counts lines of the stored text, so cleaning must not add or remove any.
    rows = folder.artefact(move).split("\n")
    text = "\n".join(block(row.replace("\r", " ")).rstrip(" ") for row in rows)
    sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")
