"""`magos-agent demo`: the whole loop on a simulated cluster, with nothing to set up but kubectl."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import complete, options
from agent.cli.edge import edge

DEFAULT = "crash-missing-env"


@edge
def demo(
    scenario: Annotated[
        str,
        typer.Argument(metavar="SCENARIO", help="Which fault.", autocompletion=complete.scenarios),
    ] = DEFAULT,
    show_list: Annotated[bool, typer.Option("--list", help="List the scenarios and exit.")] = False,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, max=999999999, help="Other names and numbers of the fault."),
    ] = None,
    output: options.OutputOption = None,
    output_file: options.OutputFileOption = None,
    exit_code: options.ExitCodeOption = False,
    verbose: options.VerboseOption = 0,
    quiet: options.QuietOption = False,
) -> None:
    """Investigate a simulated cluster with kubectl."""
    from agent.cli.asked import Asked
    from agent.cli.session import Session

    if show_list:
        _list()
        return
    cluster = f"sim:{scenario}" + (f"@{seed}" if seed is not None else "")
    flags = {"cluster": cluster, "output": output.value if output is not None else None}
    session = Session.open(flags, verbose=verbose, quiet=quiet)
    request = Asked(cluster=cluster).request(session.settings)
    if not quiet:
        typer.echo(f"simulated cluster {cluster}, real kubectl", err=True)

    from agent import engine

    session.drive(
        lambda on_event, cancel: engine.investigate(
            request, session.runs, session.settings, on_event, cancel
        ),
        output_file,
        tell_root_cause=exit_code,
    )


def _list() -> None:
    from sandbox import scenario

    names = scenario.ids()
    width = max(map(len, names), default=0)
    for name in names:
        typer.echo(f"{name:<{width}}  {scenario.load(name).title}")
