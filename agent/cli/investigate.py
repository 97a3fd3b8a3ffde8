"""`magos-agent investigate`: from an alert or a question to a proven root cause."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import options
from agent.cli.edge import edge


@edge
def investigate(
    question: Annotated[
        str | None, typer.Argument(metavar="QUESTION", help="What is wrong, in plain words.")
    ] = None,
    alert: Annotated[
        list[str] | None, typer.Option("--alert", metavar="NAME", help="Alert name; repeatable.")
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="K=V", help="Label of the alert; repeatable."),
    ] = None,
    alert_file: Annotated[
        str | None,
        typer.Option(
            "--alert-file",
            metavar="FILE|-",
            help="Alertmanager webhook body, one alert or a list, as JSON.",
        ),
    ] = None,
    namespace: options.NamespaceOption = None,
    all_namespaces: Annotated[
        bool, typer.Option("--all-namespaces", "-A", help="Look at all namespaces.")
    ] = False,
    context: options.ContextOption = None,
    kubeconfig: options.KubeconfigOption = None,
    cluster: options.ClusterOption = None,
    planner: options.PlannerOption = None,
    executor: options.ExecutorOption = None,
    grammar: options.GrammarOption = None,
    max_moves: options.MaxMovesOption = None,
    timeout: options.TimeoutOption = None,
    output: options.OutputOption = None,
    output_file: options.OutputFileOption = None,
    exit_code: options.ExitCodeOption = False,
    verbose: options.VerboseOption = 0,
    quiet: options.QuietOption = False,
) -> None:
    """Find the root cause of an alert or a symptom.

    Without an alert or a question the namespace is looked over for anything that is broken. Only
    reads: nothing is changed in the cluster.
    """
    from agent.cli.asked import Asked
    from agent.cli.session import Session, check_writable

    flags = {
        "kubeconfig": kubeconfig,
        "context": context,
        "cluster": cluster,
        "planner": planner,
        "executor": executor,
        "grammar": grammar.value if grammar is not None else None,
        "budgets": {"moves": max_moves, "seconds": timeout},
        "output": output.value if output is not None else None,
    }
    session = Session.open(flags, verbose=verbose, quiet=quiet)
    asked = Asked(
        question=question,
        alerts=alert or (),
        labels=label or (),
        alert_file=alert_file,
        namespace=namespace,
        all_namespaces=all_namespaces,
        context=context,
        kubeconfig=kubeconfig,
        cluster=cluster,
    )
    check_writable(output_file)
    request = asked.request(session.settings)

    from agent import engine  # heavy: imported once the request is known to be right

    session.drive(
        lambda on_event, cancel: engine.investigate(
            request, session.runs, session.settings, on_event, cancel
        ),
        output_file,
        tell_root_cause=exit_code,
    )
