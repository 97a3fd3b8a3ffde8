"""`magos-agent doctor`: what is here and what that allows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from agent.cli import options
from agent.cli.edge import edge
from agent.exits import Exit

if TYPE_CHECKING:
    from agent.doctor.check import Check

COLORS = {"ok": typer.colors.GREEN, "warn": typer.colors.YELLOW, "missing": typer.colors.RED}


@edge
def doctor(
    kubeconfig: options.KubeconfigOption = None,
    context: options.ContextOption = None,
    namespace: options.NamespaceOption = None,
    output: options.PlainOption = options.Plain.TEXT,
    verbose: options.VerboseOption = 0,
) -> None:
    """Show what is here and what that allows.

    Exits 1 only when nothing can run.
    """
    from agent.cli.session import Session
    from agent.doctor.diagnosis import as_json, diagnose

    flags = {"kubeconfig": kubeconfig, "context": context, "namespace": namespace}
    session = Session.open(flags, verbose=verbose, quiet=False)
    as_text = output is options.Plain.TEXT
    color = session.colored(sys.stdout)
    diagnosis = diagnose(session.settings, (lambda check: _show(check, color)) if as_text else None)
    if as_text:
        typer.echo("ready" if diagnosis.can_run else "nothing can run until the above is mended")
    else:
        typer.echo(as_json(diagnosis))
    if not diagnosis.can_run:
        raise typer.Exit(Exit.ERROR)


def _show(check: Check, color: bool) -> None:
    from agent.render.clean import line

    status = f"{check.status:<8}"
    shown = typer.style(status, fg=COLORS[check.status]) if color else status
    # typer.echo would strip the colours that --color always asks for.
    typer.echo(f"{shown}{check.name:<11} {line(check.detail)}", color=color)
    if check.status != "ok":
        typer.echo(f"{'':<20}for: {check.allows}")
        if check.fix:
            typer.echo(f"{'':<20}fix: {line(check.fix)}")
