"""`magos-agent version`."""

from __future__ import annotations

import typer


def version() -> None:
    """Show the version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        number = installed("magos-agent")
    except PackageNotFoundError:  # run from a clone that was never installed
        number = "(not installed)"
    typer.echo(f"magos-agent {number}")
