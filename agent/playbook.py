"""Playbook: the causes of a family as data: what confirms or excludes each, what to look at, how to fix.

The packaged playbooks lie in agent/playbooks; a user's own, in the config folder, add causes or replace
those of the same id.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.errors import UsageError

FOLDER = Path(__file__).parent / "playbooks"
LOOKS_FILE = "looks.yaml"
WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod")


class Strict(BaseModel):
    """Unknown keys are errors, so that a typo in a playbook is found when it is loaded."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AppliesTo(Strict):
    """Which candidates a cause can explain."""

    kinds: tuple[str, ...] = WORKLOAD_KINDS
    """Kinds of the object that would have to change."""
    symptoms: tuple[str, ...] = ()
    """Symptom slugs; empty for any."""


class Exclusion(Strict):
    """A reason why a cause is not it."""

    when: str
    """CEL over `it`, `facts`, `incident`; true excludes the cause."""
    because: str
    """One sentence for the report's ruled_out, jinja."""


class RemedyStep(Strict):
    """One step of the proposed fix."""

    text: str
    """Command line, jinja; <> marks what a person must decide."""
    manifest: str | None = None
    """Patch or manifest, YAML, jinja."""


class RemedyPlan(Strict):
    """How the cause is mended."""

    summary: str
    """One sentence, jinja."""
    moves: tuple[RemedyStep, ...] = ()
    """Steps in order."""
    undo: tuple[str, ...] = ()
    """Commands that take it back, jinja."""


class Cause(Strict):
    """One cause of the catalogue."""

    id: str = Field(pattern=r"^[a-z]+\.[a-z0-9-]+$")
    """`family.cause`."""
    title: str
    """What is wrong, in a few words, for lists and docs."""
    applies_to: AppliesTo = AppliesTo()
    """Candidates it can explain."""
    confirm: tuple[str, ...] = Field(min_length=1)
    """CEL expressions that must all be true; a missing fact is not true."""
    exclude: tuple[Exclusion, ...] = ()
    """Any that is true excludes the cause."""
    introduced_by: tuple[str, ...] = ()
    """Regular expressions of pod template paths: a newest revision that changed one brought the cause."""
    summary: str
    """One or two sentences for the report, jinja: object, mechanism, offending value."""
    looks: tuple[str, ...] = ()
    """Ids of looks (agent/playbooks/looks.yaml) that tell it apart or add detail, in order."""
    remedy: RemedyPlan | None = None
    """The fix, when code can say one."""
    next_steps: tuple[str, ...] = ()
    """What a person should do or check, jinja."""


class Playbook(Strict):
    """The causes of one family."""

    family: str
    """The part of the cause ids before the dot."""
    alerts: tuple[str, ...] = ()
    """Alert names that make this family's symptoms fit better; never a conclusion."""
    first_looks: tuple[str, ...] = ()
    """Looks to start with when one of its alerts fires, before any candidate is known."""
    causes: tuple[Cause, ...]
    """In the order in which equal ones are preferred: the most specific first."""


class Look(Strict):
    """A need to know, in canonical words, and the reference move that tells it."""

    text: str
    """Objective text, jinja."""
    verbs: tuple[str, ...]
    """Allowed commands."""
    wants: tuple[str, ...] = ()
    """Names of the facts it should bring."""
    moves: tuple[str, ...] = ()
    """Reference moves, jinja, first one not tried yet counts; an empty result means not applicable."""
    each: str | None = None
    """Name of a list in the look's context (`configmaps`); the moves are rendered for each `item`."""
    needs: tuple[str, ...] = ()
    """Fact names that must be known about the candidate before it makes sense."""
    unless: tuple[str, ...] = ()
    """Fact names any of which makes it unnecessary."""


class Catalogue(Strict):
    """All playbooks and looks."""

    playbooks: tuple[Playbook, ...]
    looks: dict[str, Look]

    def causes(self) -> list[tuple[Playbook, Cause]]:
        """Every cause with its playbook, most specific first within a family."""
        return [(book, cause) for book in self.playbooks for cause in book.causes]

    def cause(self, cause_id: str) -> Cause | None:
        """The cause of this id."""
        return next((cause for _, cause in self.causes() if cause.id == cause_id), None)

    def families_of_alert(self, alert: str) -> set[str]:
        """Families whose playbook names the alert."""
        return {book.family for book in self.playbooks if alert in book.alerts}


def load_catalogue(user_folder: Path | None = None) -> Catalogue:
    """Packaged playbooks, then the user's. Raises UsageError naming the file and field that is wrong."""
    if user_folder is None or not user_folder.is_dir():
        return _packaged()
    base = _packaged()
    books, looks = list(base.playbooks), dict(base.looks)
    for path in sorted(user_folder.glob("*.yaml")):
        raw = _read(path)
        if path.name == LOOKS_FILE:
            looks |= _looks(path, raw)
        else:
            books = _merge(books, _parse(path, raw))
    return _checked(user_folder, books, looks)


@cache
def _packaged() -> Catalogue:
    books: list[Playbook] = []
    looks = _looks(FOLDER / LOOKS_FILE, _read(FOLDER / LOOKS_FILE))
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name != LOOKS_FILE:
            books.append(_parse(path, _read(path)))
    return _checked(FOLDER, books, looks)


def _read(path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=False).load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"playbook {path} cannot be read: {reason}") from error


def _parse(path: Path, raw: Any) -> Playbook:
    try:
        book = Playbook.model_validate(raw)
    except ValidationError as error:
        raise UsageError(*_problem(path, error)) from error
    for cause in book.causes:
        if cause.id.split(".")[0] != book.family:
            raise UsageError(f"playbook {path}: cause {cause.id} is not of family {book.family}")
    return book


def _looks(path: Path, raw: Any) -> dict[str, Look]:
    try:
        return {name: Look.model_validate(entry) for name, entry in (raw or {}).items()}
    except ValidationError as error:
        raise UsageError(*_problem(path, error)) from error


def _problem(path: Path, error: ValidationError) -> tuple[str, str]:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"playbook {path}: {where}: {first['msg']}", "see docs/playbooks.md for the fields"


def _merge(books: list[Playbook], new: Playbook) -> list[Playbook]:
    ids = {cause.id for cause in new.causes}
    merged: list[Playbook] = []
    placed = False
    for book in books:
        kept = tuple(cause for cause in book.causes if cause.id not in ids)
        if book.family == new.family:
            placed = True
            alerts = tuple(dict.fromkeys([*book.alerts, *new.alerts]))
            book = book.model_copy(update={"causes": (*new.causes, *kept), "alerts": alerts})
        merged.append(book)
    return merged if placed else [*merged, new]


def _checked(folder: Path, books: list[Playbook], looks: dict[str, Look]) -> Catalogue:
    for book in books:
        for cause in book.causes:
            unknown = [name for name in (*book.first_looks, *cause.looks) if name not in looks]
            if unknown:
                raise UsageError(f"playbooks in {folder}: cause {cause.id}: no look {unknown[0]}")
    return Catalogue(playbooks=tuple(books), looks=looks)
