"""`magos-agent model list|pull|path|verify`: model files, and whether they are the right ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import complete, options
from agent.cli.edge import edge
from agent.exits import Exit

if TYPE_CHECKING:
    from model.catalogue import ModelFile
    from model.errors import ModelFileError
    from model.library import Library
    from tools.errors import MagosError

app = typer.Typer(
    help="List, pull and verify model files. None is needed: playbooks work without.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
QUANTISATION_HELP = "q8_0 (recommended), q4_k_m (casual use) or f16 (reference)."
QuantisationArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help=QUANTISATION_HELP, autocompletion=complete.quantisations),
]
RevisionOption = Annotated[
    str | None,
    typer.Option(
        "--revision",
        metavar="REVISION",
        help="Tag or commit.",
        show_default="v8",
        autocompletion=complete.revisions,
    ),
]


@app.command("list")
@edge
def list_(output: options.PlainOption = options.Plain.TEXT) -> None:
    """Show which model files are known, which are here, and what is pinned."""
    import json

    from agent.cli import modeltable
    from agent.modelfiles import known
    from model.errors import ModelFileError

    books = _library()
    try:
        found = known(books)
    except ModelFileError as error:
        raise _told(error) from error
    if output is options.Plain.JSON:
        typer.echo(json.dumps(modeltable.document(books, found), indent=2))
    else:
        typer.echo(modeltable.text(books, found))


@app.command()
@edge
def pull(
    quantisation: QuantisationArgument = "q8_0",
    revision: RevisionOption = None,
    accept_new: Annotated[
        bool,
        typer.Option(
            "--accept-new", help="Take and pin what the hub has now, also when it has changed."
        ),
    ] = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = 0,
) -> None:
    """Pull a model file from the hub and verify it; prints its path.

    A pull that was cut off goes on where it ended. The commit and the SHA-256 of the first pull are
    pinned: another content is refused from then on.
    """
    import sys

    from agent.cli.download import Download
    from agent.cli.modeltable import size
    from agent.cli.session import Session
    from agent.modelfiles import key, library
    from model.errors import ModelFileError

    session = Session.open(verbose=verbose, quiet=quiet)
    file = _file(quantisation)
    view = Download(sys.stderr, file.file, quiet=quiet, color=session.colored(sys.stderr))
    try:
        with view:
            done = library(session.settings).pull(
                key(file, revision),
                accept_new=accept_new,
                on_progress=view,
                on_notice=view.say,
            )
    except ModelFileError as error:
        raise _told(error) from error
    if not quiet:
        pin = done.pin
        words = {
            "pulled": "pulled and verified",
            "resumed": "pulled the rest and verified",
            "here": "here already, verified",
            "adopted": "found in the cache, verified and pinned",
        }
        typer.echo(
            f"{words[done.how]}: {pin.file} {pin.revision}, commit {pin.commit[:12]},"
            f" sha256 {pin.sha256[:12]}, {size(pin.size)}",
            err=True,
        )
    typer.echo(str(done.path))


@app.command()
@edge
def path(quantisation: QuantisationArgument = "q8_0", revision: RevisionOption = None) -> None:
    """Print the path of a pulled file, for scripts. Exits 1 when it is not here."""
    from agent.modelfiles import key
    from model.errors import ModelFileError

    try:
        typer.echo(str(_library().path(key(_file(quantisation), revision))))
    except ModelFileError as error:
        raise _told(error) from error


@app.command()
@edge
def verify(
    quantisations: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help=f"{QUANTISATION_HELP} All pulled ones when none is named.",
            autocompletion=complete.quantisations,
        ),
    ] = None,
    revision: RevisionOption = None,
    output: options.PlainOption = options.Plain.TEXT,
) -> None:
    """Compare pulled files with what was pinned, byte by byte, without a network.

    Exits 1 when one is missing or is not the pinned one, or when nothing was pulled.
    """
    import json

    from agent.modelfiles import key
    from agent.render.clean import line
    from model.errors import ModelFileError

    books = _library()
    bad, documents = False, []
    try:
        wanted = [key(_file(name), revision) for name in quantisations or ()] or [
            pin.key for pin in books.lock.pins() if revision in (None, pin.revision)
        ]
    except ModelFileError as error:
        raise _told(error) from error
    for each in wanted:
        said = {"file": each.file, "revision": each.revision, "ok": True, "detail": "", "hint": ""}
        try:
            said["detail"] = str(books.verify(each))
        except ModelFileError as error:
            bad = True
            said |= {"ok": False, "detail": error.message, "hint": error.hint}
        documents.append(said)
        if output is options.Plain.TEXT:
            word = "ok     " if said["ok"] else "WRONG  "
            typer.echo(f"{word}{each.file} {each.revision}  {line(str(said['detail']))}")
            if said["hint"]:
                typer.echo(f"       fix: {said['hint']}")
    if output is options.Plain.JSON:
        document = {"schema": "magos.modelverify/v1", "ok": bool(wanted) and not bad}
        typer.echo(json.dumps({**document, "files": documents}, indent=2))
    elif not wanted:
        typer.echo("nothing has been pulled; get a file with: magos-agent model pull", err=True)
    if bad or not wanted:
        raise typer.Exit(Exit.ERROR)


def _library() -> Library:
    from agent.cli.session import Session
    from agent.modelfiles import library

    return library(Session.open().settings)


def _file(quantisation: str) -> ModelFile:
    from model.catalogue import MAGOS
    from tools.errors import UsageError
    from tools.suggest import did_you_mean

    file = MAGOS.file(quantisation)
    if file is None:
        names = [item.quantisation for item in MAGOS.files]
        hint = did_you_mean(quantisation, names) or f"there are: {', '.join(names)}"
        raise UsageError(f"no model file {quantisation!r}", hint)
    return file


def _told(error: ModelFileError) -> MagosError:
    from tools.errors import MagosError

    return MagosError(error.message, error.hint)
