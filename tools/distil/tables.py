"""Tables: facts from what `kubectl get` (default and wide) and `kubectl events` print.

Covered: the kinds in `table_rows`, the events table, several kinds in one output, -A. A complete
unfiltered table also tells which names exist. Tables without headings, and kinds that are not
known here, state no more than that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

from tools.distil.columns import Columns
from tools.distil.events import Events
from tools.distil.facts import FactList
from tools.distil.kinds import kind_of, namespaced, plural_of
from tools.distil.lists import Listed, listed_kinds
from tools.distil.located import Draft, LocatedFacts
from tools.distil.table_rows import Row, Slices, state_row
from tools.distil.visible import visible
from tools.move import Move
from tools.objects import ObjectRef

_HEADER = re.compile(r"^(?:NAMESPACE|NAME|LAST SEEN)(?: {2,}|$)")
_TIMES = re.compile(r"\(x(\d{1,9}) over ")
_FOREIGN = frozenset({"", "<none>", "<unset>"})


class _Block(NamedTuple):
    """One table of an output: lines from its headings to the next empty line."""

    columns: Columns
    rows: list[tuple[int, str]]
    """Line number from 1, and the line."""


def table(source: str, move: Move, facts: FactList, listed: Listed | None = None) -> None:
    """State what the tables in `source` show. Never raises.

    `listed` knows which kinds the move listed completely. Without it only kinds that have rows
    count as listed: a kind without a table may be empty, or may have been forbidden.
    """
    lines = [line.rstrip("\r") for line in source.split("\n")]
    names = _Names(move, listed)
    slices = Slices()
    for block in _blocks(lines):
        if "LAST SEEN" in block.columns:
            _events(block, move, facts, lines)
            continue
        for number, line in block.rows:
            cells = block.columns.cells(line)
            ref = _reference(cells, move)
            if ref is None:
                continue
            names.saw(ref, number)
            row = Row(ref, cells, number, visible(line[:2000]))
            if ref.namespace is not None or not namespaced(ref.kind):
                state_row(row, facts, slices)
    slices.state(facts)
    names.state(facts)


def _blocks(lines: list[str]) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            if block:
                yield block
            block = None
        elif block is None and _HEADER.match(line) and line.upper() == line:
            block = _Block(Columns(line), [])
        elif block is not None:
            block.rows.append((number, line))
    if block:
        yield block


def _reference(cells: dict[str, str], move: Move) -> ObjectRef | None:
    """The object of a row; its kind stands before the name when several were asked for."""
    written = cells.get("NAME", "")
    # A default StorageClass is marked behind its name.
    prefix, _, name = written.partition(" ")[0].rpartition("/")
    if not name:
        return None
    if prefix:
        kind = kind_of(prefix)
    else:
        words = {word for target in move.targets for word in target.resource.split(",")}
        kinds = {kind_of(word) for word in words}
        kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None:
        return None
    space = cells.get("NAMESPACE") or move.namespace if namespaced(kind) else None
    return ObjectRef(kind=kind, namespace=space or None, name=name)


class _Names:
    """Names of complete lists, with the lines that they stand on."""

    def __init__(self, move: Move, listed: Listed | None) -> None:
        self._move = move
        self._kinds = [k for k in listed_kinds(move) if listed is None or listed.complete(k)]
        self._sure = listed is not None
        self._seen: dict[tuple[str, str | None], list[tuple[str, int]]] = {}

    def saw(self, ref: ObjectRef, number: int) -> None:
        if ref.kind in self._kinds:
            self._seen.setdefault((ref.kind, ref.namespace), []).append((ref.name, number))

    def state(self, facts: FactList) -> None:
        if not self._seen:
            return
        last = max(number for seen in self._seen.values() for _, number in seen)
        for kind in self._kinds:
            for space in self._spaces(kind):
                seen = self._seen.get((kind, space), [])
                if not seen and not self._sure:
                    continue
                names: list[JsonValue] = [*sorted(name for name, _ in seen)]
                lines = (seen[0][1], seen[-1][1]) if seen else (1, last)
                quote = f"{len(names)} {plural_of(kind)}: {', '.join(map(str, names[:20]))}"
                about = ObjectRef(kind=kind, namespace=space, name="*")
                facts.add(about, "list.names", names, lines=lines, quote=quote.rstrip(": "))

    def _spaces(self, kind: str) -> list[str | None]:
        """Namespaces whose list is complete; with -A all that appear, as others are not known."""
        if not namespaced(kind):
            return [None]
        if self._move.all_namespaces:
            return [*sorted({space for _, space in self._seen if space})]
        return [self._move.namespace] if self._move.namespace else []


def _events(block: _Block, move: Move, facts: FactList, lines: list[str]) -> None:
    """State the rows of an events table; a message of several lines goes on without columns."""
    events, draft = Events(), Draft()
    for n, (number, line) in enumerate(block.rows):
        cells = block.columns.cells(line)
        resource, _, name = cells.get("OBJECT", "").partition("/")
        kind = kind_of(resource)
        if cells.get("TYPE") not in ("Normal", "Warning") or kind is None or not name:
            continue
        about: dict[str, JsonValue] = {"kind": kind, "name": name}
        if space := cells.get("NAMESPACE") or move.namespace:
            about["namespace"] = space
        if (field := cells.get("SUBOBJECT", "")) not in _FOREIGN:
            about["fieldPath"] = field
        times = _TIMES.search(cells.get("LAST SEEN", ""))
        count = times[1] if times else cells.get("COUNT", "")
        events.add(
            {
                "type": cells["TYPE"],
                "reason": cells.get("REASON", ""),
                "message": cells.get("MESSAGE", ""),
                "count": int(count) if count.isdecimal() and len(count) < 10 else 1,
                "involvedObject": about,
                "source": {"component": cells.get("SOURCE", "").partition(",")[0]},
            },
            f"rows[{n}]",
        )
        draft.mark(("rows", n), (number, number))
    events.state(LocatedFacts(facts, draft, lines))
