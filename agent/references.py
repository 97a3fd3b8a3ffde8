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
from agent.executors.modelled import MODELS
from agent.fitting import files_about, runbooks, seen_before, short_source
from agent.lookup import explain_kinds, makers_of, words
from agent.objective import Conclusion, Objective
from agent.report import Report
from agent.reportparts import Reference
from agent.runbooks import RunbookList
from agent.runbooksteps import Step, names_of, steps
from agent.settings import Settings
from sandbox.cluster import ClusterView
from tools.distil.visible import visible
from tools.errors import MagosError
from tools.fact import Fact
from tools.ladder import Ladder
from tools.objects import ObjectRef
from tools.retrieval import KINDS, Library, Snippet

SECONDS = 2.0
"""Time for bringing the folders up to date in an investigation; `runbooks add` takes all it needs."""
ALL_OF_IT = "all of it: magos-agent runbooks list"
MOST_GIVEN = 5
"""References of each sort in a report."""
SNIPPET_TOKENS = 320
"""Budget of the reference text of one move: a small model's prompt has little room."""
MOST_LEFT = 2
"""Commands of a runbook that a report leaves to its reader."""
LONGEST_SAID = 200
"""Characters of a runbook's section in a next step."""


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
            makers = makers_of(objective, facts)
            explained = explain_kinds(library, self._view, objective, makers)
            self._plurals |= explained
            query = " ".join(words(objective, facts, makers))
            sorts = KINDS if explained else ("runbook", "run")
            found = library.search(query, SNIPPET_TOKENS, sorts, field_kinds=list(explained))
        except (MagosError, OSError) as error:
            self._missed(error)
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
            self._missed(error)
            return []
        return [
            Objective(
                id="",
                text=f"Follow runbook {short_source(step.source)}.",
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
            names, ladder = names_of(case, about), Ladder.packed()
            self._steps[about] = [
                step
                for source in files_about(library, case, about)
                for step in steps(library.sections(source), names, ladder)
            ]
        return self._steps[about]

    def beside(self, report: Report) -> Report:
        """The report with its references; the same one otherwise, but for a note when that failed."""
        said: list[str] = []
        try:
            books = runbooks(self._library(), report)
            said = [*self._said(books[:1]), *self._left()]
            taken = {reference.source for reference in report.references}
            fresh = [each for each in books if each.source not in taken]
            found = [*report.references, *fresh, *seen_before(self._library(), self._runs, report)]
        except (MagosError, OSError) as error:
            found = list(report.references)
            self._missed(error)
        known = {reference.source for reference in found}
        given = sorted(self._given.values(), key=lambda snippet: KINDS.index(snippet.kind))
        if not any(m.proposed_by in MODELS and m.verdict.decision == "allow" for m in report.moves):
            # No move came from it; fields of an API say nothing about the incident by themselves.
            given = [snippet for snippet in given if snippet.kind in ("runbook", "run")]
        for snippet in given[:MOST_GIVEN]:
            if snippet.source not in known:
                why = "given to the model for a move"
                found.append(Reference(title=snippet.title, source=snippet.source, why=why))
        degraded = [*report.degraded, *dict.fromkeys(self._notes)]
        following = [*report.next_steps, *said]
        return report.model_copy(
            update={"references": found, "degraded": degraded, "next_steps": following}
        )

    def _missed(self, error: Exception) -> None:
        self._notes.append(f"runbooks: not looked up: {error}")

    def _said(self, books: Sequence[Reference]) -> Iterator[str]:
        """What the section that fits best begins with."""
        for book in books:
            for section in self._library().sections(book.source):
                if section.source == book.source:
                    text = _plain(section.text)
                    if text:
                        yield f"Runbook {short_source(book.source)} says: {text}"
                    break

    def _left(self) -> list[str]:
        """Commands of the runbooks that a person has to decide about."""
        left = [step for found in self._steps.values() for step in found if step.why_not]
        return [
            f"Runbook {short_source(step.source)} has a command that was not run"
            f" ({step.why_not.rstrip('.')}): {step.text[:LONGEST_SAID]}"
            for step in left[:MOST_LEFT]
        ]

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


def _one_line(snippet: Snippet) -> str:
    source = snippet.source
    if snippet.kind == "runbook":
        source = Path(source).name
    return " ".join(visible(f"[{source}] {snippet.title}: {snippet.text}").split())


def _plain(text: str) -> str:
    """The first words of a section, without the marks of code."""
    plain = " ".join(text.replace("```", " ").split())
    return plain if len(plain) <= LONGEST_SAID else f"{plain[:LONGEST_SAID].rstrip()}…"
