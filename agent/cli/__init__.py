"""The command line: registers the commands, one file each. `main` is both console scripts.

Only typer is imported here and at the head of the command modules; everything else is imported
inside the commands, so that --help and shell completion stay quick.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from agent.cli import (
    ask,
    bench,
    check,
    demo,
    doctor,
    investigate,
    model,
    replay,
    report,
    resume,
    runbooks,
    runs,
    version,
)

app = typer.Typer(
    help="Finds proven root causes in Kubernetes, with gated read-only commands and no cloud LLM.",
    epilog="Exit status: 0 done, 1 error, 2 usage, 3 root cause (--exit-code), 4 inconclusive,"
    " 5 refused, 6 budget spent, 130 interrupted.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for _name, _command in (
    ("investigate", investigate.investigate),
    ("ask", ask.ask),
    ("check", check.check),
    ("doctor", doctor.doctor),
    ("demo", demo.demo),
    ("bench", bench.bench),
    ("resume", resume.resume),
    ("replay", replay.replay),
    ("runs", runs.runs),
    ("report", report.report),
    ("version", version.version),
):
    app.command(_name)(_command)
app.add_typer(model.app, name="model")
app.add_typer(runbooks.app, name="runbooks")


def _show_version(wanted: bool) -> None:
    if wanted:
        version.version()
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Finds proven root causes in Kubernetes, with gated read-only commands and no cloud LLM."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line and exit with the status of agent/exits.py."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that is no UTF-8 must not end a run
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    finally:
        _flush()


def _flush() -> None:
    """What nobody reads any more is dropped here: Python's own flush at exit would fail with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
