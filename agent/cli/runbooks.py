"""`magos-agent runbooks add|list|search|remove`: your team's Markdown, found by words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import complete, options
from agent.cli.edge import edge

if TYPE_CHECKING:
    from agent.settings import Settings
    from tools.retrieval import Library
    from tools.retrieval.library import Synced

app = typer.Typer(
    help="Runbooks of your team: folders of Markdown that reports and models refer to.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
SCHEMA = "magos.runbooks/v1"
SHOWN_SKIPPED = 5
"""Files named one by one among those left out; -o json has them all."""
FolderArgument = Annotated[
    Path,
    typer.Argument(
        metavar="PATH", help="A folder of Markdown, such as a git checkout, or one file."
    ),
]


@app.command()
@edge
def add(path: FolderArgument, output: options.PlainOption = options.Plain.TEXT) -> None:
    """Add a folder or a file and index it. Links out of it, hidden folders and huge files are left out."""
    from agent.runbooks import RunbookList

    settings = _settings()
    folder = _absolute(path)
    _check(folder)
    books = RunbookList(settings)
    books.roots()  # a broken list is said before any work is done
    with _library(settings) as library:
        synced = library.add_folder(folder)
        if not synced.sections:
            library.forget_folder(folder)
            _nothing(folder, synced)
    new = books.add(folder)
    if output is options.Plain.JSON:
        _print_json({"folder": {**_document(folder, "added", synced), "new": new}})
        return
    typer.echo(f"{'added' if new else 'known already, read again'}: {folder}, {_counted(synced)}")
    _say_skipped(folder, synced)


@app.command("list")
@edge
def list_(output: options.PlainOption = options.Plain.TEXT) -> None:
    """Show the folders, and what is indexed of each."""
    from agent.render.clean import line
    from agent.runbooks import RunbookList

    settings = _settings()
    documents: list[dict[str, Any]] = []
    rows = [("FOLDER", "FROM", "FILES", "SECTIONS", "STATE")]
    with _library(settings) as library:
        for root in RunbookList(settings).roots():
            synced = library.add_folder(root.path) if root.path.exists() else None
            state = "not there" if synced is None else _state(synced)
            if synced is not None and synced.skipped:
                state += f", {len(synced.skipped)} left out"
            documents.append({**_document(root.path, root.origin, synced), "state": state})
            files, sections = (synced.files, synced.sections) if synced else (0, 0)
            rows.append((line(str(root.path)), root.origin, str(files), str(sections), state))
    if output is options.Plain.JSON:
        _print_json({"folders": documents})
        return
    if not documents:
        typer.echo("no runbooks yet; add a folder: magos-agent runbooks add PATH", err=True)
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


@app.command()
@edge
def search(
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS", help="What you look for: an alert, a symptom.")
    ],
    budget: Annotated[
        int,
        typer.Option("--budget", min=50, max=8000, metavar="TOKENS", help="How much text at most."),
    ] = 600,
    output: options.PlainOption = options.Plain.TEXT,
) -> None:
    """Search runbooks and the reports of earlier runs, as a model would be given them."""
    from agent.render.clean import block, line
    from agent.runbooks import RunbookList

    settings = _settings()
    with _library(settings) as library:
        library.add_runs(settings.state_dir / "runs")
        roots = RunbookList(settings).roots()
        for root in roots:
            if root.path.exists():
                library.add_folder(root.path)
            else:
                typer.echo(f"warning: {line(str(root.path))} is not there any more", err=True)
        found = library.search(" ".join(words), budget, ("runbook", "run"))
    if output is options.Plain.JSON:
        _print_json({"query": " ".join(words), "snippets": [each._asdict() for each in found]})
        return
    if not found:
        said = "" if roots else "; there are no runbooks yet: magos-agent runbooks add PATH"
        typer.echo(f"nothing found{said}", err=True)
    for number, snippet in enumerate(found):
        typer.echo(f"{'' if number == 0 else chr(10)}{line(snippet.title)}")
        typer.echo(f"  {line(snippet.source)}")
        for row in block(snippet.text).splitlines():
            typer.echo(f"    {row}".rstrip())


@app.command()
@edge
def remove(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A folder.", autocompletion=complete.runbooks)
    ],
    output: options.PlainOption = options.Plain.TEXT,
) -> None:
    """Take a folder out of the list and the index. Nothing in the folder is touched."""
    from agent.runbooks import RunbookList

    settings = _settings()
    folder = _absolute(path)
    RunbookList(settings).remove(folder)
    with _library(settings) as library:
        library.forget_folder(folder)
    if output is options.Plain.JSON:
        _print_json({"removed": str(folder)})
    else:
        typer.echo(f"removed: {folder}")


def _settings() -> Settings:
    from agent.cli.session import Session

    return Session.open().settings


def _library(settings: Settings) -> Library:
    from tools.retrieval import Library

    return Library(settings.cache_dir)


def _absolute(path: Path) -> Path:
    """The folder as it is called, from the root; links in it stay what they are."""
    import os

    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - resolve() would follow links


def _check(folder: Path) -> None:
    """Raises UsageError for what cannot be read."""
    import os

    from tools.errors import UsageError

    if not folder.exists():
        raise UsageError(f"there is no folder or file {folder}")
    if not (folder.is_dir() or folder.is_file()):
        raise UsageError(f"{folder} is neither a folder nor an ordinary file")
    if not os.access(folder, os.R_OK | os.X_OK if folder.is_dir() else os.R_OK):
        raise UsageError(
            f"{folder} may not be read", "check its permissions: ls -ld " + str(folder)
        )


def _nothing(folder: Path, synced: Synced) -> None:
    from tools.errors import UsageError

    first = synced.skipped[0] if synced.skipped else None
    hint = f"{first.path}: {first.why}" if first else "runbooks are files that end in .md"
    what = "Markdown" if not synced.files else "text in the Markdown"
    raise UsageError(f"there is no {what} in {folder}", hint)


def _document(folder: Path, origin: str, synced: Synced | None) -> dict[str, Any]:
    skipped = synced.skipped if synced is not None else ()
    return {
        "path": str(folder),
        "from": origin,
        "files": synced.files if synced is not None else 0,
        "sections": synced.sections if synced is not None else 0,
        "skipped": [{"path": str(each.path), "why": each.why} for each in skipped],
    }


def _counted(synced: Synced) -> str:
    files = f"{synced.files} file{'' if synced.files == 1 else 's'}"
    return f"{files}, {synced.sections} section{'' if synced.sections == 1 else 's'}"


def _state(synced: Synced) -> str:
    if not synced.files:
        return "no Markdown"
    return "ok" if synced.sections else "no text"


def _say_skipped(folder: Path, synced: Synced) -> None:
    from agent.render.clean import line

    # What is said of the folder itself (it has too many files) matters more than any one file.
    for each in sorted(synced.skipped, key=lambda each: each.path != folder)[:SHOWN_SKIPPED]:
        typer.echo(f"note: {line(str(each.path))}: {line(each.why)}", err=True)
    if len(synced.skipped) > SHOWN_SKIPPED:
        typer.echo(f"note: and {len(synced.skipped) - SHOWN_SKIPPED} more (-o json)", err=True)


def _print_json(document: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps({"schema": SCHEMA, **document}, indent=2))
