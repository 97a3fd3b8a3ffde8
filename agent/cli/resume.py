"""`magos-agent resume`: goes on with a run that was interrupted or killed."""

from __future__ import annotations

from agent.cli import options
from agent.cli.edge import edge


@edge
def resume(
    run: options.RunArgument,
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
            run_id, session.runs, session.settings, on_event, cancel
        ),
        output_file,
        tell_root_cause=exit_code,
    )
