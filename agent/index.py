"""FactIndex: facts by subject and name, so that planners and derivations can ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from tools.fact import Fact
from tools.objects import ObjectRef

MULTIPLE = frozenset({"event.warning", "event.normal", "mount.missing", "mount.error", "log.error"})
"""Names of which one subject may have several; of the others the latest statement holds."""
FIRST_HOLDS = frozenset({"log.error", "mount.error"})
"""Of these the first tells most: of errors the distiller's best, of mounts the one before the time-outs."""


class FactIndex:
    """Read-only view of a list of facts in the order they were read."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts: list[Fact] = []
        self.by_id: dict[str, Fact] = {}
        self._by_subject: dict[ObjectRef, dict[str, list[Fact]]] = {}
        self._by_name: dict[str, list[Fact]] = {}
        self._by_kind: dict[str, list[ObjectRef]] = {}
        for fact in facts:
            self.add(fact)

    def add(self, fact: Fact) -> None:
        """Add one fact; a fact of the same id is added once."""
        if fact.id in self.by_id:
            return
        self.facts.append(fact)
        self.by_id[fact.id] = fact
        if fact.subject not in self._by_subject:
            self._by_subject[fact.subject] = {}
            self._by_kind.setdefault(fact.subject.kind, []).append(fact.subject)
        self._by_subject[fact.subject].setdefault(fact.name, []).append(fact)
        self._by_name.setdefault(fact.name, []).append(fact)

    def fact(self, subject: ObjectRef, name: str) -> Fact | None:
        """The latest fact of this name about the subject."""
        found = self._by_subject.get(subject, {}).get(name)
        return found[-1] if found else None

    def value(self, subject: ObjectRef, name: str, default: JsonValue = None) -> JsonValue:
        """The value of `fact`, or the default."""
        fact = self.fact(subject, name)
        return default if fact is None else fact.value

    def number(self, subject: ObjectRef, name: str) -> int:
        """The value of an int fact; 0 when it is not known."""
        value = self.value(subject, name, 0)
        return int(value) if isinstance(value, (int, float)) else 0

    def mapping(self, subject: ObjectRef, name: str) -> dict[str, JsonValue]:
        """The value of a map fact; empty when it is not known."""
        value = self.value(subject, name)
        return value if isinstance(value, dict) else {}

    def items(self, subject: ObjectRef, name: str) -> list[JsonValue]:
        """The value of a list fact; empty when it is not known."""
        value = self.value(subject, name)
        return value if isinstance(value, list) else []

    def all(self, subject: ObjectRef, name: str) -> list[Fact]:
        """Every fact of this name about the subject, oldest first."""
        return self._by_subject.get(subject, {}).get(name, [])

    def named(self, name: str) -> list[Fact]:
        """Every fact of this name, whatever its subject."""
        return self._by_name.get(name, [])

    def about(self, subject: ObjectRef) -> dict[str, list[Fact]]:
        """All facts about one subject, by name."""
        return self._by_subject.get(subject, {})

    def subjects(self, *kinds: str) -> Iterator[ObjectRef]:
        """Subjects of these kinds (all kinds when none is given), in reading order."""
        if len(kinds) == 1:
            yield from self._by_kind.get(kinds[0], ())
            return
        for subject in self._by_subject:
            if not kinds or subject.kind in kinds:
                yield subject

    def objects(self, *kinds: str) -> list[ObjectRef]:
        """Objects of these kinds that exist, without containers and lists, in reading order."""
        found = [
            subject
            for subject in self.subjects(*kinds)
            if subject.container is None
            and subject.name != "*"
            and self.value(subject, "object.exists", True) is not False
        ]
        return found
