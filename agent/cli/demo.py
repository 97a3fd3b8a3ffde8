"""`magos-agent demo`: a simulated cluster breaks, and is investigated, with nothing to set up but kubectl."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import complete, options
from agent.cli.edge import edge
from agent.exits import Exit

if TYPE_CHECKING:
    from sandbox.instance import ScenarioInstance

SHOW_SECONDS = 4.0
"""How long a terminal watches the cluster break."""
SHOWN = 16
"""Moments shown; a crash loop repeats itself."""


@edge
def demo(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO",
            help="Which fault, or a scenario file of one's own (mine.yaml); one is picked when it is left"
            " out.",
            autocompletion=complete.scenarios,
        ),
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the scenarios and exit.")] = False,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, max=999999999, help="Other names and numbers of the fault."),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Afterwards leave the cluster up, for kubectl or k9s, until Ctrl-C."
        ),
    ] = False,
    executor: options.ExecutorOption = None,
    grammar: options.GrammarOption = None,
    output: options.OutputOption = None,
    output_file: options.OutputFileOption = None,
    exit_code: options.ExitCodeOption = False,
    verbose: options.VerboseOption = 0,
    quiet: options.QuietOption = False,
) -> None:
    """Break a simulated cluster and investigate it with kubectl."""
    from agent.cli.asked import Asked
    from agent.cli.session import Session

    if show_list:
        _list()
        return
    name = scenario or _pick()
    cluster = f"sim:{name}" + (f"@{seed}" if seed is not None else "")
    flags = {
        "cluster": cluster,
        "executor": executor,
        "grammar": grammar.value if grammar is not None else None,
        "output": output.value if output is not None else None,
    }
    session = Session.open(flags, verbose=verbose, quiet=quiet)
    request = Asked(cluster=cluster).request(session.settings)

    from agent.executors.choose import resolve
    from sandbox.scenario import load
    from tools.process import Program, find

    instance = load(name, seed)
    # What is missing is better said before the story than after it.
    resolve(session.settings.executor, session.settings)
    find(Program.kubectl, session.settings.environ.get("PATH", ""))
    if not quiet:
        typer.echo(f"simulated cluster {cluster}, real kubectl", err=True)
        _show_story(instance)

    from agent import engine

    try:
        session.drive(
            lambda on_event, cancel: engine.investigate(
                request, session.runs, session.settings, on_event, cancel
            ),
            output_file,
            tell_root_cause=exit_code,
        )
    except typer.Exit as end:
        if keep and end.exit_code != Exit.INTERRUPTED:
            _keep(cluster)
        raise


def _list() -> None:
    from agent.render.clean import line
    from sandbox import scenario
    from tools.errors import UsageError

    names = scenario.ids()
    width = max(map(len, names), default=0)
    for name in names:
        try:
            typer.echo(f"{name:<{width}}  {scenario.load(name).title}")
        except UsageError as error:  # the others are there all the same
            typer.echo(f"left out: {line(error.message)}", err=True)


def _pick() -> str:
    """Any scenario in which something is wrong."""
    import secrets

    from sandbox import scenario
    from tools.errors import UsageError

    broken: list[str] = []
    for name in scenario.ids():
        with suppress(UsageError):  # a file with a mistake is not picked
            broken += [name] if scenario.read(name).expect else []
    return secrets.choice(broken)


def _show_story(instance: ScenarioInstance) -> None:
    """What could be seen while it broke; on a terminal as if it happened now, only faster."""
    import sys
    import time
    from datetime import UTC, datetime

    from agent.render.clean import line, shorten
    from sandbox.simulator.story import story

    moments = story(instance, datetime.now(UTC))
    shown = moments[:SHOWN]
    pause = SHOW_SECONDS / max(len(shown), 1) if sys.stderr.isatty() else 0.0
    for moment in shown:
        time.sleep(pause)
        passed = int((moment.at - shown[0].at).total_seconds())
        mark = "!" if moment.warning else " "
        text = shorten(line(f"{moment.about}  {moment.text}"), 140)
        typer.echo(f"{f'+{passed // 60}:{passed % 60:02}':>7} {mark} {text}", err=True)
    if len(moments) > SHOWN:
        typer.echo(f"        … and so on, {len(moments) - SHOWN} more", err=True)


def _keep(cluster: str) -> None:
    """The same cluster once more, left up until somebody has seen enough."""
    import tempfile
    from pathlib import Path

    from agent.cli.interrupt import Interrupt
    from sandbox.simulator.launch import launch
    from sandbox.simulator.pace import AUTO

    with (
        tempfile.TemporaryDirectory(prefix="magos-demo-") as folder,
        launch(cluster, Path(folder), pace=AUTO) as running,
        Interrupt(b"\nstopping\n") as interrupt,
    ):
        typer.echo("\nThe cluster stays up until Ctrl-C. In another terminal:", err=True)
        typer.echo(f"  export KUBECONFIG={running.kubeconfig}", err=True)
        typer.echo("  kubectl get pods", err=True)
        typer.echo(
            f"Its time stands still, but for {AUTO.after_write:g} s after every write, and runs "
            f"{AUTO.watched:g} times as\nfast while something watches (kubectl get -w, rollout status).",
            err=True,
        )
        interrupt.cancel.wait()
