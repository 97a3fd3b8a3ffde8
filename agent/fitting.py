"""Fitting: the runbooks and the earlier runs that fit what a run is about, and why they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.case import Case
from agent.objective import Objective
from agent.report import Report
from agent.reportparts import MoveRecord, Reference
from tools.distil.visible import visible
from tools.objects import ObjectRef
from tools.retrieval import Library, Snippet
from tools.retrieval.runs import run_tags

MOST_RUNBOOKS = 3
MOST_RUNS = 3
"""References of each sort in a report."""


def files_about(library: Library, case: Case, about: ObjectRef | None) -> list[str]:
    """One section of each runbook that fits an incident; that is enough to find the file by."""
    found = [library.about_name(alert.name) for alert in case.incident.alerts]
    if about is not None:
        found.append(library.about_words([about.kind, *about.name.split("-")]))
        for symptom in [view.symptom for view in case.views if view.object == about][:1]:
            found.append(library.about_words([about.kind, *symptom.split("-")]))
    files = {each.source.partition("#")[0]: each.source for some in found for each in some}
    return list(files.values())[:MOST_RUNBOOKS]


def runbooks(library: Library, report: Report) -> list[Reference]:
    """The runbooks that fit a report, the surest reason first."""
    found: dict[str, Reference] = {}
    for why, snippets in _matches(library, report):
        for snippet in snippets:
            reference = Reference(title=snippet.title, source=snippet.source, why=why)
            found.setdefault(snippet.source.partition("#")[0], reference)
    return list(found.values())[:MOST_RUNBOOKS]


def _matches(library: Library, report: Report) -> Iterator[tuple[str, list[Snippet]]]:
    """Why a runbook fits, and those that do, the surest reason first."""
    for alert in report.incident.alerts:
        if alert.name:
            yield f"alert {alert.name} is in its title", library.about_name(alert.name)
    cause = report.root_cause
    if cause is None:
        return
    yield f"it names the cause {cause.id}", library.saying(cause.id)
    slug = [word for word in cause.id.partition(".")[2].split("-") if len(word) > 2]
    if len(slug) > 1:  # one word alone, such as `down`, would fit anything
        yield f"its title fits the cause {cause.id}", library.about_words(slug)
    name = cause.object.name
    if len(name) > 2:
        about = library.about_words([cause.object.kind, *name.split("-")])
        yield f"it is about {cause.object.kind} {name}", about


def seen_before(library: Library, runs: Path, report: Report) -> list[Reference]:
    """Earlier runs with the same cause, or the same alert, on the same object. `runs`: their folder."""
    document = report.model_dump(
        mode="json", include={"cluster", "incident", "root_cause", "verdict"}
    )
    tags = run_tags(document)
    found: list[Reference] = []
    for entry in library.alike(tags, runs, MOST_RUNS + 1):
        run_id = entry.source.removeprefix("run:")
        title, _, end = entry.title.partition(": ")
        cause = report.root_cause is not None and entry.tag == tags[0]
        why = "same cause, same object" if cause else f"same alert, same object: {end}"
        path = runs / run_id / "report.json"
        if run_id != report.run_id:
            found.append(Reference(title=title, source=entry.source, why=f"{why}; {path}"))
    return found[:MOST_RUNS]


def followed(objectives: Sequence[Objective], moves: Sequence[MoveRecord]) -> list[Reference]:
    """The runbooks whose steps a run has taken, with the moves that they became."""
    return [
        Reference(
            title=f"step of {short_source(objective.runbook)}",
            source=objective.runbook,
            why=f"move {move.id} follows it: {move.text}",
        )
        for objective in objectives
        for move in moves
        if objective.runbook and move.exit_code is not None
        if move.text == objective.reference_move
    ]


def short_source(source: str) -> str:
    """A runbook's file name, and the section in it."""
    path, mark, anchor = visible(source).partition("#")
    return f"{Path(path).name}{mark}{anchor}"
