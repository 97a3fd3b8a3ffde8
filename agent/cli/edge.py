"""The process edge: an error that leaves a command becomes a line on stderr and an exit status."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import typer

from agent.exits import Exit, error_code

if TYPE_CHECKING:
    from tools.errors import MagosError

P = ParamSpec("P")


def edge(command: Callable[P, None]) -> Callable[P, None]:
    """Wraps a command. With -vv (its `verbose` argument) tracebacks are shown as well."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        from tools.errors import MagosError

        verbose = kwargs.get("verbose", 0)
        loud = isinstance(verbose, int) and verbose >= 2
        try:
            command(*args, **kwargs)
        except MagosError as error:
            if loud:
                traceback.print_exc()
            show(error)
            raise typer.Exit(error_code(error)) from None
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(Exit.INTERRUPTED) from None
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:  # the edge of the process: nothing above could do better
            if loud or _is_usage_error(error):
                raise
            _crashed(error)
            raise typer.Exit(Exit.ERROR) from None

    return wrapped


def show(error: MagosError) -> None:
    """`error: ...` and `hint: ...` on stderr, one line each, safe for a terminal."""
    from agent.render.clean import line

    typer.echo(f"error: {line(error.message)}", err=True)
    if error.hint:
        typer.echo(f"hint: {line(error.hint)}", err=True)


def _is_usage_error(error: Exception) -> bool:
    """Errors that typer itself shows (typer.BadParameter and its relatives have exit_code 2)."""
    return hasattr(error, "show") and hasattr(error, "exit_code")


def _crashed(error: Exception) -> None:
    """One line, and where the traceback was written."""
    from agent.render.clean import line, shorten

    what = shorten(line(f"{type(error).__name__}: {error}"), 200)
    typer.echo(f"error: unexpected: {what}", err=True)
    try:
        typer.echo(f"hint: this is a bug; please report it with {_crash_log(error)}", err=True)
    except OSError as problem:
        typer.echo(f"hint: this is a bug; no crash log ({problem.strerror}), use -vv", err=True)


def _crash_log(error: Exception) -> Path:
    """Write the redacted traceback into the state directory, readable by the user alone."""
    import os
    from datetime import UTC, datetime

    from tools.redact import redact

    folder = _state_dir() / "crashes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.log"
    story = "".join(traceback.format_exception(error))
    words = " ".join(sys.argv[1:2])  # the command alone: arguments may hold what nobody should see
    text = redact(f"magos-agent {words}\nPython {sys.version}\n{story}")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return path


def _state_dir() -> Path:
    from agent.settings import APP, load
    from tools.errors import UsageError

    try:
        return load().state_dir
    except UsageError:  # the crash came first; broken settings must not hide it
        import platformdirs

        return platformdirs.user_state_path(APP)
