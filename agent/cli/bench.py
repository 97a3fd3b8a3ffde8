"""`magos-agent bench`: the scenario benchmark on the simulator, beside baselines."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import complete, options
from agent.cli.edge import edge
from agent.exits import Exit

if TYPE_CHECKING:
    from agent.bench.cases import Case
    from agent.bench.result import BenchResult
    from agent.cli.session import Session

DEFAULT_SEEDS = "1-3"
"""Enough for a look while developing."""


class Output(StrEnum):
    """-o of the benchmark."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    HTML = "html"


@edge
def bench(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO",
            help="Which scenarios, or files of one's own (mine.yaml); all when none is named.",
            autocompletion=complete.scenarios,
        ),
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option("--family", metavar="F", help="Only scenarios of this family; repeatable."),
    ] = None,
    seeds: Annotated[
        str,
        typer.Option(
            "--seeds",
            metavar="SEEDS",
            help="Such as 9000-9004 or 1,2,5. 0-999 are for development; those from 9000 on"
            " are never looked at in it, so only they say how good the agent is.",
        ),
    ] = DEFAULT_SEEDS,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=1, max=256, metavar="N", help="Processes.", show_default="one per core"
        ),
    ] = None,
    executor: options.ExecutorOption = None,
    grammar: options.GrammarOption = None,
    planner: options.PlannerOption = None,
    stripped: Annotated[
        bool, typer.Option("--stripped", help="Alerts carry nothing but alertname and namespace.")
    ] = False,
    baselines: Annotated[
        bool, typer.Option(help="Run the baselines on the same cases as well.")
    ] = True,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", min=1, max=3600, metavar="SECONDS", help="Seconds one case may take."
        ),
    ] = 60.0,
    output: Annotated[
        Output | None,
        typer.Option("--output", "-o", help="Format of the result.", show_default="text"),
    ] = None,
    output_file: options.OutputFileOption = None,
    fail_under: Annotated[
        float | None,
        typer.Option(
            "--fail-under",
            min=0,
            max=100,
            metavar="PERCENT",
            help="Exit with status 1 when fewer cases are right.",
        ),
    ] = None,
    verbose: options.VerboseOption = 0,
    quiet: options.QuietOption = False,
) -> None:
    """Measure how often the root cause is right: simulated clusters, real kubectl.

    Ctrl-C ends it with what is done so far, marked as partial, and status 130.
    """
    from agent.bench import cases
    from agent.cli.session import Session, check_writable

    held = grammar.value if grammar is not None else None
    flags = {"executor": executor, "grammar": held, "planner": planner}
    session = Session.open(flags, verbose=verbose, quiet=quiet)
    check_writable(output_file)
    names = cases.scenarios(scenarios or [], family or [])
    chosen = cases.cases(names, cases.seeds(seeds), stripped=stripped)
    found = _run(session, chosen, workers, timeout, baselines=baselines)

    from agent.bench.render import render

    form = output.value if output is not None else session.settings.output
    session.write(render(found, form), output_file, what="result")
    raise typer.Exit(_status(found, fail_under))


def _run(
    session: Session,
    cases: list[Case],
    workers: int | None,
    timeout: float,
    *,
    baselines: bool,
) -> BenchResult:
    """Answer the cases with progress and Ctrl-C, and add them up."""
    import sys
    from datetime import UTC, datetime

    from agent.bench import runner
    from agent.bench.baselines import BASELINES
    from agent.bench.contestant import AGENT
    from agent.bench.progress import Board
    from agent.bench.result import Setup
    from agent.bench.versions import cpus
    from agent.bench.worker import Job
    from agent.cli.interrupt import Interrupt
    from agent.executors.choose import opened, resolve
    from tools.process import Program, find

    model = resolve(_meant(session.settings.executor, "none"), session.settings)
    with opened(model, session.settings):
        pass  # every case would fail on a model that does not load
    find(Program.kubectl, session.settings.environ.get("PATH", ""))  # every case would miss it
    contestants = [AGENT, *(BASELINES if baselines else ())]
    setup = Setup(
        scenarios=list(dict.fromkeys(case.scenario for case in cases)),
        seeds=list(dict.fromkeys(case.seed for case in cases)),
        stripped=any(case.stripped for case in cases),
        planner=_meant(session.settings.planner, "playbook"),
        executor=_meant(session.settings.executor, "none"),
        grammar=session.settings.grammar,
        workers=min(workers or cpus(), len(cases)),
        timeout=timeout,
    )
    local = session.settings.llama.threads or max(1, cpus() // setup.workers)
    job = Job(
        planner=setup.planner,
        executor=model.place or "none",
        grammar=setup.grammar,
        threads=local,
        llama=session.settings.llama,
        openai=session.settings.openai,
        seconds=timeout,
    )
    started = datetime.now(UTC)
    board = Board(
        sys.stderr,
        len(cases) * len(contestants),
        color=session.colored(sys.stderr),
        quiet=session.quiet,
        verbose=session.verbose > 0,
    )
    with Interrupt() as interrupt, board:
        ran = runner.run(cases, contestants, job, setup.workers, board, interrupt.cancel)
    return runner.result(ran, contestants, setup, len(cases), started)


def _meant(value: str, auto: str) -> str:
    """What `auto` stands for in this version."""
    return auto if value == "auto" else value


def _status(result: BenchResult, fail_under: float | None) -> Exit:
    """130 for a run that was stopped, 1 for too few right cases, else 0."""
    if result.partial:
        typer.echo(
            f"stopped after {result.summary.n} of {result.planned} cases; the result is partial",
            err=True,
        )
        return Exit.INTERRUPTED
    right = 100 * (result.summary.pass_at_1 or 0.0)
    if fail_under is not None and right < fail_under:
        typer.echo(f"error: {right:.1f} % right is under {fail_under:g} %", err=True)
        return Exit.ERROR
    return Exit.OK
