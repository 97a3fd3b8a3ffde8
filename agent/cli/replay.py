"""`magos-agent replay`: runs the graph again on recorded observations, without a cluster."""

from __future__ import annotations

import typer

from agent.cli import options
from agent.cli.edge import edge
from agent.exits import Exit


@edge
def replay(
    run: options.RunArgument,
    output: options.OutputOption = None,
    output_file: options.OutputFileOption = None,
    verbose: options.VerboseOption = 0,
    quiet: options.QuietOption = False,
) -> None:
    """Run a recorded investigation again.

    Neither cluster nor model is used: the recorded observations are. Exits 1 and says where the
    result differs, when it does.
    """
    from agent.cli.session import Session, check_writable

    flags = {"output": output.value if output is not None else None}
    session = Session.open(flags, verbose=verbose, quiet=quiet)
    check_writable(output_file)
    run_id = session.runs.open(run).run_id

    from agent.replay import replay as run_again

    result = run_again(run_id, session.runs, session.settings)
    session.emit(result.report, output_file)
    if not result.differences:
        typer.echo(f"same as run {run_id}", err=True)
        return
    for difference in result.differences:
        typer.echo(f"differs: {difference}", err=True)
    raise typer.Exit(Exit.ERROR)
