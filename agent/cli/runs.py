"""`magos-agent runs`: the investigations kept on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from agent.cli import options
from agent.cli.edge import edge

if TYPE_CHECKING:
    from agent.runs import RunMeta

COLUMNS = ("RUN", "STARTED", "STATUS", "VERDICT", "CAUSE", "OBJECT", "TOOK", "TARGET")


@edge
def runs(output: options.PlainOption = options.Plain.TEXT) -> None:
    """List runs, newest first."""
    import json
    from contextlib import suppress

    from agent.cli.session import Session

    session = Session.open()
    found = list(session.runs.list())
    if not found and output is not options.Plain.JSON:
        typer.echo("no runs yet; start one with: magos-agent demo", err=True)
        return
    with suppress(BrokenPipeError):  # `| head` has read all it wants, which is no failure
        if output is options.Plain.JSON:
            typer.echo(json.dumps([meta.model_dump(mode="json") for meta in found], indent=2))
        else:
            typer.echo("\n".join(_table(found)))


def _table(found: list[RunMeta]) -> list[str]:
    """One line per run below a line of titles."""
    rows = [COLUMNS, *map(_row, found)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _row(meta: RunMeta) -> tuple[str, ...]:
    from agent.render.clean import line, seconds, shorten

    took = seconds(meta.duration_ms) if meta.duration_ms is not None else "-"
    started = meta.started_at.replace("T", " ").removesuffix("Z")
    words = (meta.verdict, meta.cause, meta.object)
    return (
        meta.run_id,
        started,
        meta.status,
        *(shorten(line(word), 48) if word else "-" for word in words),
        took,
        shorten(line(meta.target), 40) or "-",
    )
