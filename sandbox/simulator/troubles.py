"""What is wrong with a node at a moment: the world's troubles, told in absolute virtual time.

Pure functions of the world, the engine's epoch and the hour, so that nothing has to happen for a
heartbeat, and a month of healthy nodes costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sandbox.simulator.clock import seconds
from sandbox.simulator.engine import Engine
from sandbox.simulator.world import NodeSpec, NodeTrouble

HELPLESS = frozenset({"silent", "runtime-down", "pleg"})
"""Troubles under which a kubelet neither starts nor stops anything."""
QUIET_SHARE = 0.6
"""Share of a flapping kubelet's round in which it is silent."""


class Spell(NamedTuple):
    """A trouble's stretch of time; the end is open."""

    kind: str
    start: datetime
    end: datetime | None
    trouble: NodeTrouble

    def covers(self, now: datetime) -> bool:
        """Whether it goes on now."""
        return self.start <= now and (self.end is None or now < self.end)


def spec_of(engine: Engine, node: str) -> NodeSpec | None:
    """The machine behind a node; None for nodes that only the API knows."""
    return next((spec for spec in engine.world.nodes if spec.name == node), None)


def active(engine: Engine, node: str) -> dict[str, Spell]:
    """The troubles that a node has now, by kind."""
    return {spell.kind: spell for spell in _spells(engine, node) if spell.covers(engine.now)}


def next_change(engine: Engine, node: str) -> float | None:
    """Seconds until a trouble begins or ends."""
    moments = [
        (moment - engine.now).total_seconds()
        for spell in _spells(engine, node)
        for moment in (spell.start, spell.end)
        if moment is not None and moment > engine.now
    ]
    return min(moments, default=None)


def at_home(engine: Engine, node: str) -> bool:
    """Whether a kubelet works there: starts, probes and stops containers, and tells about them."""
    if engine.store.get("nodes", None, node) is None:
        return False
    spec = spec_of(engine, node)
    return spec is None or (spec.ready and not HELPLESS & active(engine, node).keys())


def _spells(engine: Engine, node: str) -> Iterator[Spell]:
    spec = spec_of(engine, node)
    for trouble in spec.troubles if spec else ():
        start = engine.epoch + seconds(trouble.after)
        end = None if trouble.until is None else engine.epoch + seconds(trouble.until)
        if trouble.kind == "flapping":
            yield from _rounds(engine, trouble, start, end)
        else:
            yield Spell(trouble.kind, start, end, trouble)


def _rounds(
    engine: Engine, trouble: NodeTrouble, start: datetime, end: datetime | None
) -> Iterator[Spell]:
    """The silent part of the round before the present one, of that, and of the next."""
    round_ = timedelta(seconds=trouble.period)
    number = max((engine.now - start) // round_, 0)
    for index in (number - 1, number, number + 1):
        begins = start + index * round_
        if index < 0 or (end is not None and begins >= end):
            continue
        ends = begins + round_ * QUIET_SHARE
        yield Spell("silent", begins, ends if end is None else min(ends, end), trouble)
