"""FieldSet: which fields of an object somebody owns, as `fieldsV1` writes it.

A step of a path is kept as fieldsV1 spells it: `f:name` a field, `k:{"name":"x"}` an item of a keyed list,
`v:"x"` a member of a set, `i:0` an index.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.simulator.patching.schema import Node

Path = tuple[str, ...]

_RANK = {"f": 0, "k": 1, "v": 2, "i": 3}


class FieldSet:
    """A set of paths, kept as a tree. Operations return new sets; parts may be shared."""

    __slots__ = ("children", "members")

    def __init__(self) -> None:
        self.members: set[str] = set()
        """Steps that end a path here."""
        self.children: dict[str, FieldSet] = {}
        """Steps that go on."""

    def __bool__(self) -> bool:
        return bool(self.members) or any(self.children.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldSet) and set(self.paths()) == set(other.paths())

    def __hash__(self) -> int:
        return hash(frozenset(self.paths()))

    def insert(self, path: Path) -> None:
        """Add one path; the empty path is the object itself, which nobody owns."""
        if not path:
            return
        here = self
        for step in path[:-1]:
            here = here.children.setdefault(step, FieldSet())
        here.members.add(path[-1])

    def paths(self, before: Path = ()) -> Iterator[Path]:
        """Every path: those that end at a level, in order, before those that go on."""
        for step in sorted(self.members, key=_order):
            yield (*before, step)
        for step in sorted(self.children, key=_order):
            yield from self.children[step].paths((*before, step))

    def __or__(self, other: FieldSet) -> FieldSet:
        return self._combined(other, set.__or__, lambda mine, its: mine | its, both=False)

    def __and__(self, other: FieldSet) -> FieldSet:
        return self._combined(other, set.__and__, lambda mine, its: mine & its, both=True)

    def __sub__(self, other: FieldSet) -> FieldSet:
        result = FieldSet()
        result.members = self.members - other.members
        for step, child in self.children.items():
            its = other.children.get(step)
            rest = child - its if its else child
            if rest:
                result.children[step] = rest
        return result

    def without_trees(self, roots: tuple[Path, ...]) -> FieldSet:
        """Without these paths and everything below them."""
        result = FieldSet()
        gone = {path[0] for path in roots if len(path) == 1}
        result.members = self.members - gone
        for step, child in self.children.items():
            if step in gone:
                continue
            below = tuple(path[1:] for path in roots if path[0] == step)
            rest = child.without_trees(below) if below else child
            if rest:
                result.children[step] = rest
        return result

    def with_named_fields(self, node: Node) -> FieldSet:
        """Also the structs' fields on the way, as if each were a member."""
        result = FieldSet()
        result.members = set(self.members)
        for step, child in self.children.items():
            if step.startswith("f:") and node.field(step[2:]) is not None:
                result.members.add(step)
            result.children[step] = child.with_named_fields(below(node, step))
        return result

    def to_json(self) -> dict[str, Any]:
        """As fieldsV1 has it."""
        result: dict[str, Any] = {}
        for step in sorted(self.members | self.children.keys(), key=_order):
            child = self.children.get(step)
            inner = child.to_json() if child else {}
            result[step] = {".": {}, **inner} if inner and step in self.members else inner
        return result

    @classmethod
    def from_json(cls, fields: Any) -> FieldSet:
        """From fieldsV1. Raises ValueError for what is none."""
        result = cls()
        if not isinstance(fields, dict):
            raise ValueError("fieldsV1 is no object")
        for step, inner in fields.items():
            if step == ".":
                continue
            if step[:2] not in ("f:", "k:", "v:", "i:"):
                raise ValueError(f"{step} is no step of a path")
            child = cls.from_json(inner)
            if not inner or "." in inner:
                result.members.add(step)
            if child:
                result.children[step] = child
        return result

    def _combined(
        self,
        other: FieldSet,
        members: Callable[[set[str], set[str]], set[str]],
        children: Callable[[FieldSet, FieldSet], FieldSet],
        *,
        both: bool,
    ) -> FieldSet:
        result = FieldSet()
        result.members = members(self.members, other.members)
        mine, its = self.children, other.children
        for step in mine.keys() & its.keys() if both else mine.keys() | its.keys():
            shared = step in mine and step in its
            child = children(mine[step], its[step]) if shared else mine.get(step) or its[step]
            if child:
                result.children[step] = child
        return result


def below(node: Node, step: str) -> Node:
    """The schema one step further down."""
    return node.child(step[2:]) if step.startswith("f:") else node.element


def spelled(path: Path) -> str:
    """A path as messages write it: `.spec.containers[name="app"].image`."""
    return "".join(_spelled(step) for step in path)


def _spelled(step: str) -> str:
    kind, rest = step[0], step[2:]
    if kind == "f":
        return f".{rest}"
    if kind == "i":
        return f"[{rest}]"
    value = json.loads(rest)
    if kind == "v":
        return f"[={_text(value)}]"
    return "[" + ",".join(f"{name}={_text(value[name])}" for name in sorted(value)) + "]"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _order(step: str) -> tuple[int, Any]:
    kind = step[0]
    if kind == "f":
        return 0, step
    value = json.loads(step[2:])
    if kind == "k" and isinstance(value, dict):
        return 1, tuple((name, _rank(value[name])) for name in sorted(value))
    return _RANK[kind], _rank(value)


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (3, _text(value))
