"""Options that several commands share. Flags are kubectl's where kubectl has them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agent.cli import complete


class Output(StrEnum):
    """-o of reports."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"


class Grammar(StrEnum):
    """--grammar."""

    ON = "on"
    OFF = "off"


class Plain(StrEnum):
    """-o of lists."""

    TEXT = "text"
    JSON = "json"


OutputOption = Annotated[
    Output | None, typer.Option("--output", "-o", help="Report format.", show_default="text")
]
PlainOption = Annotated[Plain, typer.Option("--output", "-o", help="Output format.")]
OutputFileOption = Annotated[
    Path | None,
    typer.Option("--output-file", metavar="FILE", help="Write the report there, not to stdout."),
]
ExitCodeOption = Annotated[
    bool, typer.Option("--exit-code", help="Exit with status 3 when a root cause was found.")
]
VerboseOption = Annotated[
    int,
    typer.Option(
        "--verbose", "-v", count=True, show_default=False, help="Say more; -vv shows tracebacks."
    ),
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Nothing but the report and errors.")
]
MaxMovesOption = Annotated[
    int | None,
    typer.Option(
        "--max-moves", min=1, metavar="N", help="Moves to run at most.", show_default="30"
    ),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        min=0.1,
        max=86400,
        metavar="SECONDS",
        help="Seconds a run may take.",
        show_default="120",
    ),
]
NamespaceOption = Annotated[
    str | None, typer.Option("--namespace", "-n", metavar="NS", help="Namespace to look at.")
]
ContextOption = Annotated[
    str | None, typer.Option("--context", metavar="C", help="kubeconfig context.")
]
KubeconfigOption = Annotated[
    Path | None, typer.Option("--kubeconfig", metavar="F", help="kubeconfig file.")
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="sim:SCENARIO[@SEED]",
        help="A simulated cluster instead of a kubeconfig's; SCENARIO may be a file (mine.yaml).",
        autocompletion=complete.clusters,
    ),
]
PlannerOption = Annotated[
    str | None,
    typer.Option("--planner", help="auto or playbook.", metavar="PLANNER", show_default="auto"),
]
ExecutorOption = Annotated[
    str | None,
    typer.Option(
        "--executor",
        help="Who writes the moves: auto, none, nano, magos, a GGUF file, or the URL of a model server.",
        metavar="EXECUTOR",
        show_default="auto",
    ),
]
GrammarOption = Annotated[
    Grammar | None,
    typer.Option(
        "--grammar",
        help="off lets a local model write anything; the gate judges it either way.",
        show_default="on",
    ),
]
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="Run id, a unique start or end of one, or `latest`.",
        autocompletion=complete.runs,
    ),
]
