"""References: what a team has written and earlier runs have found, beside a report and for a model.

They have no part in a verdict. Only where a run would end without a cause, the steps of a runbook that
fits are taken too (agent/planners/following.py); what they show is facts like any other. What goes wrong
with them is a note in the report, nothing more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.case import Case
from agent.index import FactIndex
from agent.objective import Conclusion, Objective
from agent.ownership import Maker, Ownership
from agent.report import MoveRecord, Reference, Report
from agent.runbooks import RunbookList
from agent.runbooksteps import Step, names_of, steps
from agent.settings import Settings
from sandbox.cluster import ClusterView
from tools.distil.visible import visible
from tools.errors import ClusterError, MagosError
from tools.fact import Fact
from tools.ladder import Ladder
from tools.objects import ObjectRef
from tools.retrieval import KINDS, Library, Snippet
from tools.retrieval.runs import run_tags

SECONDS = 2.0
"""Time for bringing the folders up to date in an investigation; `runbooks add` takes all it needs."""
ALL_OF_IT = "all of it: magos-agent runbooks list"
MOST_RUNBOOKS = 3
MOST_RUNS = 3
MOST_GIVEN = 5
"""References of each sort in a report."""
SNIPPET_TOKENS = 320
"""Budget of the reference text of one move: a small model's prompt has little room."""
MOST_KINDS = 4
"""Kinds whose fields are looked at for one move."""
MOST_LEFT = 2
"""Commands of a runbook that a report leaves to its reader."""
LONGEST_SAID = 200
"""Characters of a runbook's section in a next step."""
MOST_VALUES = 8
"""Facts whose values are among the words to look for."""


class References:
    """The references of one run."""

    def __init__(self, settings: Settings, runs: Path, view: ClusterView | None = None) -> None:
        """`runs` is the folder of all runs; `view` the cluster whose fields are explained, if any."""
        self._settings = settings
        self._runs = runs
        self._view = view
        self._opened: Library | None = None
        self._notes: list[str] = []
        self._given: dict[str, Snippet] = {}
        self._plurals: dict[str, str] = {}
        """Kind -> `widgets.foo.dev`."""
        self._steps: dict[ObjectRef | None, list[Step]] = {}

    def __enter__(self) -> References:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.__exit__()

    def snippets(self, objective: Objective, facts: Sequence[Fact]) -> list[str]:
        """Reference text for one move of a model, each on one line with its source; never an error."""
        try:
            library = self._library()
            makers = _makers(objective, facts)
            kinds = self._explained(library, objective, makers)
            query = " ".join(_words(objective, facts, makers))
            sorts = KINDS if kinds else ("runbook", "run")
            found = library.search(query, SNIPPET_TOKENS, sorts, field_kinds=kinds)
        except (MagosError, OSError) as error:
            self._notes.append(f"runbooks: not looked up: {error}")
            return []
        found = [self._cited(snippet) for snippet in found]
        for snippet in found:
            self._given.setdefault(snippet.source, snippet)
        return [_one_line(snippet) for snippet in found]

    def _cited(self, snippet: Snippet) -> Snippet:
        """With its CRD as the source, where there is one; the command stays in the text."""
        plural = self._plurals.get(snippet.title.partition(".")[0])
        if snippet.kind != "crd" or plural is None:
            return snippet
        text = f"{snippet.text} ({snippet.source})"
        return snippet._replace(source=f"CRD {plural}", text=text)

    def steps(self, case: Case, end: Conclusion) -> list[Objective]:
        """What the runbooks that fit the incident would look at next; never an error."""
        try:
            found = self._steps_of(case, end.object)
        except (MagosError, OSError) as error:
            self._notes.append(f"runbooks: not looked up: {error}")
            return []
        return [
            Objective(
                id="",
                text=f"Follow runbook {_short(step.source)}.",
                targets=[end.object] if end.object is not None else [],
                reference_move=step.text,
                runbook=step.source,
            )
            for step in found
            if not step.why_not
        ]

    def _steps_of(self, case: Case, about: ObjectRef | None) -> list[Step]:
        if about not in self._steps:
            library = self._library()
            symptoms = [view.symptom for view in case.views if view.object == about]
            fitting = [library.about_name(alert.name) for alert in case.incident.alerts]
            if about is not None:
                fitting.append(library.about_words([about.kind, *about.name.split("-")]))
            if about is not None and symptoms:
                fitting.append(library.about_words([about.kind, *symptoms[0].split("-")]))
            # One section of each file is enough to find the file by.
            files = {s.source.partition("#")[0]: s.source for found in fitting for s in found}
            names, ladder = names_of(case, about), Ladder.packed()
            self._steps[about] = [
                step
                for source in list(files.values())[:MOST_RUNBOOKS]
                for step in steps(library.sections(source), names, ladder)
            ]
        return self._steps[about]

    def beside(self, report: Report) -> Report:
        """The report with its references; the same one otherwise, but for a note when that failed."""
        said: list[str] = []
        try:
            books = self._runbooks(report)
            said = [*self._said(books[:1]), *self._left()]
            taken = {reference.source for reference in report.references}
            fresh = [each for each in books if each.source not in taken]
            found = [*report.references, *fresh, *self._seen_before(report)]
        except (MagosError, OSError) as error:
            found = list(report.references)
            self._notes.append(f"runbooks: not looked up: {error}")
        known = {reference.source for reference in found}
        given = sorted(self._given.values(), key=lambda snippet: KINDS.index(snippet.kind))
        for snippet in given[:MOST_GIVEN]:
            if snippet.source not in known:
                why = "given to the model for a move"
                found.append(Reference(title=snippet.title, source=snippet.source, why=why))
        degraded = [*report.degraded, *dict.fromkeys(self._notes)]
        following = [*report.next_steps, *said]
        return report.model_copy(
            update={"references": found, "degraded": degraded, "next_steps": following}
        )

    def _said(self, books: Sequence[Reference]) -> Iterator[str]:
        """What the section that fits best begins with."""
        for book in books:
            for section in self._library().sections(book.source):
                if section.source == book.source:
                    text = _plain(section.text)
                    if text:
                        yield f"Runbook {_short(book.source)} says: {text}"
                    break

    def _left(self) -> list[str]:
        """Commands of the runbooks that a person has to decide about."""
        left = [step for found in self._steps.values() for step in found if step.why_not]
        return [
            f"Runbook {_short(step.source)} has a command that was not run"
            f" ({step.why_not.rstrip('.')}): {step.text[:LONGEST_SAID]}"
            for step in left[:MOST_LEFT]
        ]

    def _runbooks(self, report: Report) -> list[Reference]:
        library = self._library()
        found: dict[str, Reference] = {}
        for why, snippets in _matches(library, report):
            for snippet in snippets:
                path = snippet.source.partition("#")[0]
                if path not in found:
                    reference = Reference(title=snippet.title, source=snippet.source, why=why)
                    found[path] = reference
                if len(found) == MOST_RUNBOOKS:
                    return list(found.values())
        return list(found.values())

    def _seen_before(self, report: Report) -> list[Reference]:
        document = report.model_dump(
            mode="json", include={"cluster", "incident", "root_cause", "verdict"}
        )
        tags = run_tags(document)
        found: list[Reference] = []
        for entry in self._library().alike(tags, self._runs, MOST_RUNS + 1):
            run_id = entry.source.removeprefix("run:")
            title, _, end = entry.title.partition(": ")
            cause = report.root_cause is not None and entry.tag == tags[0]
            why = "same cause, same object" if cause else f"same alert, same object: {end}"
            path = self._runs / run_id / "report.json"
            if run_id != report.run_id:
                found.append(Reference(title=title, source=entry.source, why=f"{why}; {path}"))
        return found[:MOST_RUNS]

    def _library(self) -> Library:
        if self._opened is None:
            library = self._opened = Library(self._settings.cache_dir)
            library.add_runs(self._runs, seconds=SECONDS)
            left = SECONDS
            for root in RunbookList(self._settings).roots():
                if not root.path.exists():
                    self._notes.append(f"runbooks: {root.path} is not there any more")
                    continue
                began = time.monotonic()
                if not library.add_folder(root.path, seconds=max(left, 0.0)).whole:
                    self._notes.append(f"runbooks: {root.path} is indexed in part; {ALL_OF_IT}")
                left -= time.monotonic() - began
        return self._opened

    def _explained(
        self, library: Library, objective: Objective, makers: Sequence[Maker]
    ) -> list[str]:
        """Kinds that the objective is about; their fields are in the library from now on."""
        if self._view is None:
            return []
        kinds: list[str] = []
        named = [word.strip(".,:;()'\"") for word in objective.text.split()]
        targets = (target.kind for target in objective.targets)
        for word in dict.fromkeys((*(maker.resource for maker in makers), *targets, *named)):
            kind = self._view.resolve(word) if len(word) > 2 else None
            if kind is None or kind.kind in kinds or len(kinds) == MOST_KINDS:
                continue
            try:
                _add_fields(library, self._view, kind.api_version)
            except ClusterError:
                continue
            kinds.append(kind.kind)
            self._plurals[kind.kind] = kind.full_name
        return kinds


def _add_fields(library: Library, view: ClusterView, api_version: str) -> None:
    """The schemas are asked for only when their hash is not one the library knows."""
    stamp = view.schema_stamp(api_version)
    library.add_fields(
        view.version, api_version, stamp, lambda: view.schemas(api_version).components
    )


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


def _makers(objective: Objective, facts: Sequence[Fact]) -> list[Maker]:
    """The custom resources that the objects of an objective are made of."""
    owners = Ownership(FactIndex(facts))
    return [maker for target in objective.targets for maker in owners.makers(target)]


def _words(objective: Objective, facts: Sequence[Fact], makers: Sequence[Maker]) -> Iterator[str]:
    """Words to look for: the objective, what it is about, and what the newest facts say."""
    yield objective.text
    yield from (maker.object.kind for maker in makers)
    yield from (target.kind for target in objective.targets)
    for fact in list(facts)[-MOST_VALUES:]:
        yield fact.name
        if isinstance(fact.value, str):
            yield fact.value[:80]


def _one_line(snippet: Snippet) -> str:
    source = snippet.source
    if snippet.kind == "runbook":
        source = Path(source).name
    return " ".join(visible(f"[{source}] {snippet.title}: {snippet.text}").split())


def followed(objectives: Sequence[Objective], moves: Sequence[MoveRecord]) -> list[Reference]:
    """The runbooks whose steps a run has taken, with the moves that they became."""
    return [
        Reference(
            title=f"step of {_short(objective.runbook)}",
            source=objective.runbook,
            why=f"move {move.id} follows it: {move.text}",
        )
        for objective in objectives
        for move in moves
        if objective.runbook and move.exit_code is not None
        if move.text == objective.reference_move
    ]


def _short(source: str) -> str:
    path, mark, anchor = visible(source).partition("#")
    return f"{Path(path).name}{mark}{anchor}"


def _plain(text: str) -> str:
    """The first words of a section, without the marks of code."""
    words = " ".join(text.replace("```", " ").split())
    return words if len(words) <= LONGEST_SAID else f"{words[:LONGEST_SAID].rstrip()}…"
