"""`magos-agent ask`: vague words in, the next concrete command out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import options
from agent.cli.edge import edge
from agent.exits import Exit

if TYPE_CHECKING:
    from agent.ask.answer import Answer


@edge
def ask(
    words: Annotated[
        list[str],
        typer.Argument(metavar="QUESTION", help="What is wrong, in plain words, quoted or not."),
    ],
    namespace: options.NamespaceOption = None,
    all_namespaces: Annotated[
        bool, typer.Option("--all-namespaces", "-A", help="Look at all namespaces.")
    ] = False,
    context: options.ContextOption = None,
    kubeconfig: options.KubeconfigOption = None,
    cluster: options.ClusterOption = None,
    executor: options.ExecutorOption = None,
    grammar: options.GrammarOption = None,
    output: options.PlainOption = options.Plain.TEXT,
    verbose: options.VerboseOption = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Nothing but the command, or the question back.")
    ] = False,
) -> None:
    """Name the next command to run for a vague complaint. It is checked, and not run.

    Where nothing can be decided, one question comes back (exit status 4). Works without a cluster:
    names are then not checked.
    """
    from agent.ask.nudge import ask as answer_to
    from agent.cli.asked import Asked
    from agent.cli.interrupt import Interrupt
    from agent.cli.session import Session
    from tools.errors import UsageError

    flags = {
        "kubeconfig": kubeconfig,
        "context": context,
        "cluster": cluster,
        "executor": executor,
        "grammar": grammar.value if grammar is not None else None,
    }
    question, cut = _worded(words)
    session = Session.open(flags, verbose=verbose, quiet=quiet)
    asked = Asked(
        question=question,
        namespace=namespace,
        all_namespaces=all_namespaces,
        context=context,
        kubeconfig=kubeconfig,
        cluster=cluster,
    )
    request = asked.request(session.settings)
    if request.question is None:
        raise UsageError("the question is empty", 'for example: magos-agent ask "my app is slow"')
    with Interrupt() as interrupt:
        answer = answer_to(request, session.settings, interrupt.cancel)
    answer.notes += [cut] if cut else []
    if output is options.Plain.JSON:
        session.write(answer.model_dump_json(indent=2) + "\n", None, what="answer")
    else:
        session.write(_text(answer, quiet), None, what="answer")
        told = answer.changes or (answer.command is not None and not quiet)
        for note in answer.notes if told else ():
            typer.echo(f"note: {note}", err=True)
    raise typer.Exit(Exit.OK if answer.command is not None else Exit.INCONCLUSIVE)


def _worded(words: Sequence[str]) -> tuple[str, str]:
    """The question on one line, and a note when it is too long to be read whole.

    Pasted lines may hold a credential, which is known by the lines around it: it goes before they do.
    """
    from agent.cli.asked import LONGEST_QUESTION
    from tools.redact import redact

    question = " ".join(redact(" ".join(words)).split())
    if len(question) <= LONGEST_QUESTION:
        return question, ""
    half = LONGEST_QUESTION // 2 - len(" ... ")
    return (
        f"{question[:half]} ... {question[-half:]}",
        "the question is long: only its beginning and its end were read",
    )


def _text(answer: Answer, quiet: bool) -> str:
    """The command on a line of its own, then why, and what it would tell; or the question back."""
    from agent.render.clean import line

    if answer.command is None:
        return f"{line(answer.ask or '')}\n"
    lines = [answer.command]
    if not quiet:
        head = "changes the cluster: " if answer.changes else ""
        lines += [f"  why:   {head}{line(answer.why)}", f"  tells: {line(answer.tells)}"]
    return "\n".join(lines) + "\n"
