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

    from agent.cli.session import Session

    session = Session.open()
    found = list(session.runs.list())
    if output is options.Plain.JSON:
        typer.echo(json.dumps([meta.model_dump(mode="json") for meta in found], indent=2))
        return
    if not found:
        typer.echo("no runs yet; start one with: magos-agent demo", err=True)
        return
    rows = [COLUMNS, *map(_row, found)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


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
