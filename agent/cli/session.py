"""Session: what every command that runs or shows an investigation needs, read from flags once."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import typer

from agent import live
from agent.cli.edge import show
from agent.cli.interrupt import Interrupt
from agent.exits import Exit, error_code, exit_code
from agent.logs import level_for, set_up
from agent.render import render
from agent.report import Report
from agent.runs import RunStore
from agent.settings import Settings, load
from agent.trajectory import Event
from tools.errors import MagosError, UsageError

Work = Callable[[Callable[[Event], None], threading.Event], Report]


class Session(NamedTuple):
    """One invocation of the command line."""

    settings: Settings
    runs: RunStore
    verbose: int
    quiet: bool

    @classmethod
    def open(
        cls, flags: Mapping[str, Any] | None = None, *, verbose: int = 0, quiet: bool = False
    ) -> Session:
        """Read the settings and set logging up. Raises UsageError."""
        if verbose and quiet:
            raise UsageError("-v and -q contradict each other", "give one of them")
        settings = load(flags)
        level = level_for(verbose, quiet=quiet, configured=settings.log.level)
        set_up(level, settings.log.format)
        if not quiet:
            for variable in settings.unknown_variables:
                typer.echo(f"warning: {variable}", err=True)
        return cls(settings, RunStore(settings.state_dir), verbose, quiet)

    def colored(self, stream: Any) -> bool:
        """Whether escape sequences go to this stream (https://no-color.org)."""
        if self.settings.color != "auto":
            return self.settings.color == "always"
        environ = self.settings.environ
        plain = environ.get("NO_COLOR") or environ.get("TERM") == "dumb"
        return not plain and bool(stream.isatty())

    def emit(self, report: Report, target: Path | None) -> None:
        """The report in the format of the settings, to a file or to stdout."""
        color = target is None and self.colored(sys.stdout)
        text = render(report, self.settings.output, color=color, verbose=self.verbose > 0)
        kept = f"the report is kept: magos-agent report {report.run_id}"
        self.write(text, target, what="report", hint=kept)

    def write(self, text: str, target: Path | None, *, what: str, hint: str = "") -> None:
        """A finished text to a file or to stdout. Raises UsageError, with the hint."""
        if target is None:
            with contextlib.suppress(BrokenPipeError):  # the status stays the run's
                sys.stdout.write(text)
                sys.stdout.flush()
            return
        try:
            target.write_text(text, encoding="utf-8", errors="replace")
        except OSError as error:
            raise UsageError(f"--output-file {target}: {error.strerror}", hint) from error
        if not self.quiet:
            typer.echo(f"{what} written to {target}", err=True)

    def drive(self, work: Work, target: Path | None, *, tell_root_cause: bool) -> None:
        """Run an investigation with progress and Ctrl-C, show its report, exit with its status.

        Raises UsageError before anything runs when the report could not be written to `target`.
        """
        check_writable(target)
        seen: list[str] = []
        broken: list[str] = []
        view = live.progress(sys.stderr, quiet=self.quiet, color=self.colored(sys.stderr))

        def on_event(event: Event) -> None:
            seen[:] = [event.run_id]
            if event.type == "end" and event.data.get("error"):
                broken.append(str(event.data["error"]))
            with contextlib.suppress(OSError):  # stderr is gone; the report matters more
                view(event)

        try:
            with Interrupt() as interrupt, view:
                report = work(on_event, interrupt.cancel)
        except KeyboardInterrupt:
            typer.echo("stopped at once", err=True)
            _say_resume(seen)
            raise typer.Exit(Exit.INTERRUPTED) from None
        except MagosError as error:
            if not interrupt.cancel.is_set():
                raise
            show(error)  # what broke while stopping matters less than that it was asked to stop
            _say_resume(seen)
            raise typer.Exit(max(Exit.INTERRUPTED, error_code(error))) from None
        self.emit(report, target)
        for message in broken:
            show(MagosError(message))
        if report.stop_reason in ("interrupted", "error"):
            _say_resume([report.run_id])
        raise typer.Exit(exit_code(report, tell_root_cause=tell_root_cause))


def check_writable(target: Path | None) -> None:
    """Raises UsageError when a report could not be written to `target`; creates nothing."""
    if target is None:
        return
    if target.is_dir():
        raise UsageError(f"--output-file {target} is a folder", "give a file name")
    if not target.parent.is_dir():
        raise UsageError(f"--output-file {target}: there is no folder {target.parent}")


def _say_resume(seen: list[str]) -> None:
    if seen:
        typer.echo(f"resume with: magos-agent resume {seen[0]}", err=True)
