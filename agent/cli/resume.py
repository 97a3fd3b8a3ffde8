"""`magos-agent resume`: goes on with a run that was interrupted or killed."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import options
from agent.cli.edge import edge

ExecutorOption = Annotated[
    str | None,
    typer.Option(
        "--executor",
        help="Who writes the moves from here on, such as none when the run's model is gone.",
        metavar="EXECUTOR",
        show_default="the run's own",
    ),
]


@edge
def resume(
    run: options.RunArgument,
    executor: ExecutorOption = None,
    output: options.OutputOption = None,
    output_file: options.OutputFileOption = None,
    exit_code: options.ExitCodeOption = False,
    verbose: options.VerboseOption = 0,
    quiet: options.QuietOption = False,
) -> None:
    """Go on with an interrupted or killed run.

    Finished moves are not run again.
    """
    from agent.cli.session import Session

    flags = {"output": output.value if output is not None else None}
    session = Session.open(flags, verbose=verbose, quiet=quiet)
    run_id = session.runs.open(run).run_id

    from agent import engine

    session.drive(
        lambda on_event, cancel: engine.resume(
            run_id, session.runs, session.settings, on_event, cancel, executor=executor
        ),
        output_file,
        tell_root_cause=exit_code,
    )
