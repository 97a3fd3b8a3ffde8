"""Memory: what a run has told its model so far; a value, kept in the run's state.

Entries are only ever appended, so that every prompt begins as the one before and the model need not read
that part again. When the budget is full the older half goes at once: reuse suffers once, not at every move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pydantic import BaseModel, ConfigDict, JsonValue

from agent.objective import Objective
from model.protocol import Told
from tools.fact import Fact
from tools.objects import ObjectRef

MOST_OBJECTS = 64
"""Handles in one run: a number is never given twice, so what comes later has none."""
FOR_TARGETS = 24
"""Of these, kept for what objectives are about: those must have a number."""
MOST_CHARACTERS = 5000
"""Of facts and references together, about 1,700 tokens: with the rest it fits a context of 4,096."""
NEW_FACTS = 4
"""Facts told of one move's answer, which may hold 200."""
VALUE_CHARACTERS = 40
"""Of a fact's value in a line; names are never cut."""
PLAIN_FACTS = 2
"""Facts of an answer that has no symptoms."""
SAME_NAME = 2
"""Facts of one name among them."""
SYMPTOMS = ("exit.code", "waiting.reason", "error", "failed", "denied", "warning")
"""Ends of the names of facts that tell most wherever they occur."""
DULL = frozenset(
    {
        "object.created",
        "object.exists",
        "object.finalizers",
        "object.labels",
        "pod.uid",
        "service.address",
        "container.exit.at",
        "container.running.since",
        "workload.template",
        "workload.selector",
        "spec.ports",
        "spec.request.cpu",
        "spec.request.memory",
        "service.type",
        "service.ports",
    }
)
"""Facts that tell a planner something, and a model that looks for a command nothing."""
NUMBERS = frozenset({"count", "first", "last", "source", "protocol"})
"""Keys of maps that say how often and when, not what."""
PAIRS = ("labels", "selector")
"""Ends of the names of facts whose keys are as telling as their values."""
EXPLAINED = "[kubectl explain "
"""How references begin that come from schemas: the first move tells them, later ones only a team's own text."""
ABOUT = 2
"""Facts about the objective's targets that are said once more, beside it."""
NEAR = 3
"""Lines at the log's end that stand near enough to the objective themselves."""


class Memory(BaseModel):
    """See the module docstring."""

    model_config = ConfigDict(frozen=True)

    log: tuple[Told, ...] = ()
    """What was told, in order; the objects among it are numbered in that order."""
    seen: int = 0
    """Facts of the run that were looked at, told or not."""

    @property
    def handles(self) -> tuple[str, ...]:
        """The numbered objects; the first is `@1`, and it stays so for the whole run."""
        return tuple(told.text for told in self.log if told.kind == "object")

    def grown(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        references: Iterable[str],
        namespaces: Sequence[str],
    ) -> Memory:
        """With what is new: the telling facts of every answer since, the references, the objects of both."""
        log = list(self.log)
        first = not log
        numbered = set(self.handles)
        said = {told.text for told in log}

        def number(handle: str, most: int) -> None:
            if handle not in numbered and len(numbered) < most:
                numbered.add(handle)
                log.append(Told(kind="object", text=handle))

        for name in namespaces:
            number(f"Namespace/{name}", MOST_OBJECTS)
        for answer in _answers(facts[self.seen :]):
            for text, subject in _lines(_telling(answer)):
                for handle in _handle(subject):
                    number(handle, MOST_OBJECTS - FOR_TARGETS)
                if text not in said:
                    said.add(text)
                    log.append(Told(kind="fact", text=text))
        for target in objective.targets:
            for handle in _handle(target):
                number(handle, MOST_OBJECTS)
        new = [text for text in references if text not in said]
        if not first:
            new = [text for text in new if not text.startswith(EXPLAINED)][:1]
        log += [Told(kind="reference", text=text) for text in new]
        memory = Memory(log=tuple(log), seen=len(facts))
        return memory.halved() if memory._characters() > MOST_CHARACTERS else memory

    def shorter(self) -> Memory:
        """Without references; without the older half of the facts where there are none."""
        kept = tuple(told for told in self.log if told.kind != "reference")
        return Memory(log=kept, seen=self.seen) if len(kept) < len(self.log) else self.halved()

    def halved(self) -> Memory:
        """Without the older half of what was told; objects keep their numbers, and stand first."""
        objects = [told for told in self.log if told.kind == "object"]
        rest = [told for told in self.log if told.kind != "object"]
        return Memory(log=(*objects, *rest[(len(rest) + 1) // 2 :]), seen=self.seen)

    def _characters(self) -> int:
        return sum(len(told.text) for told in self.log if told.kind != "object")


def about(objective: Objective, facts: Sequence[Fact], log: Sequence[Told] = ()) -> tuple[str, ...]:
    """The most telling facts about the objective's targets, as lines, but what the log's end says already."""
    targets = set(objective.targets)
    found = [fact for fact in facts if fact.subject.whole() in targets]
    near = [told.text for told in log if told.kind == "fact"][-NEAR:]
    chosen = [
        fact
        for fact in _rarest(found, facts, ABOUT, ABOUT)
        if not any(str(fact.subject) in text and _statement(fact) in text for text in near)
    ]
    if len({fact.subject for fact in chosen}) == 1:  # the objective names it
        return ("; ".join(_statement(fact) for fact in chosen),)
    return tuple(text for text, _ in _lines(chosen))


def _lines(facts: Iterable[Fact]) -> Iterator[tuple[str, ObjectRef]]:
    """One line for each object, with all that is told of it: a hashed name costs as much as three facts."""
    of: dict[ObjectRef, list[str]] = {}
    for fact in facts:
        of.setdefault(fact.subject, []).append(_statement(fact))
    for subject, statements in of.items():
        yield f"{subject} {'; '.join(statements)}", subject


def _statement(fact: Fact) -> str:
    """What is stated, without of what."""
    pairs = fact.value if fact.name.endswith(PAIRS) else None
    value = _plain(
        [f"{k}={v}" for k, v in pairs.items()] if isinstance(pairs, dict) else fact.value
    )
    cut = value if len(value) <= VALUE_CHARACTERS else value[: VALUE_CHARACTERS - 1] + "…"
    return f"{fact.name} = {cut}"


def _plain(value: JsonValue) -> str:
    """A value in words: of maps and lists what is in them, without keys, quotes and what is empty."""
    if isinstance(value, dict):
        value = [each for key, each in value.items() if key not in NUMBERS]
    if isinstance(value, list):
        return " ".join(_plain(each) for each in value if each) or "none"
    return str(value)


def _answers(facts: Sequence[Fact]) -> Iterator[list[Fact]]:
    """The facts of every answer."""
    for _, group in groupby(facts, key=lambda fact: fact.evidence[0].move if fact.evidence else ""):
        yield list(group)


def _telling(answer: Sequence[Fact]) -> list[Fact]:
    """Of an answer the facts that tell most."""
    return _rarest(answer, answer, NEW_FACTS, PLAIN_FACTS)


def _rarest(facts: Sequence[Fact], among: Sequence[Fact], most: int, plain: int) -> list[Fact]:
    """The facts that stand out among others, in their own order; `plain` of them where none is a symptom.

    What is stated of every object (labels, owner, image) tells little; an exit code or a pull error is
    stated of the broken ones alone. What is stated of replicas alike is told of one of them.
    """
    names = Counter(fact.name for fact in among)
    values = Counter((fact.name, str(fact.value)) for fact in among)

    def rank(at: int) -> tuple[bool, bool, int]:
        name = facts[at].name
        often = names[name] + values[name, str(facts[at].value)]
        return name == "list.names", not name.endswith(SYMPTOMS), often

    chosen: list[int] = []
    of_name: Counter[str] = Counter()
    said: set[str] = set()
    symptoms = False
    for at in sorted(range(len(facts)), key=rank):
        name, statement = facts[at].name, _statement(facts[at])
        symptom = name.endswith(SYMPTOMS)
        if len(chosen) >= (most if symptom else 0 if symptoms else plain):
            break
        if name not in DULL and of_name[name] < SAME_NAME and statement not in said:
            of_name[name] += 1
            said.add(statement)
            chosen.append(at)
            symptoms |= symptom
    return [facts[at] for at in sorted(chosen)]


def _handle(ref: ObjectRef) -> Iterator[str]:
    if ref.name not in ("", "*"):
        yield str(ref.whole())
