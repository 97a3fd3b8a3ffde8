"""Progress of a run on stderr: a live view on a terminal, one plain line per move elsewhere.

Both consume trajectory events and tolerate any `data`: a view must never end a run. Cluster text is
cleaned like in reports. agent/trajectory.py lists the keys that are read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Protocol, Self

from pydantic import JsonValue

from agent.render.clean import line, seconds, shorten
from agent.trajectory import Event

if TYPE_CHECKING:
    from rich.console import Console, Group

SHOWN_HYPOTHESES = 4
SHOWN_MOVES = 10
BELIEF_CELLS = 10
TICKS = {"running": "…", "ok": "✓", "failed": "✗", "stopped": "⊘"}
STYLES = {"running": "cyan", "ok": "green", "failed": "yellow", "stopped": "red"}


class Progress(AbstractContextManager["Progress"], Protocol):
    """What the CLI shows while a run works."""

    def __call__(self, event: Event) -> None:
        """Take one event."""


class MoveLine:
    """One move as the views show it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.state = "running"
        self.note = ""


class State:
    """What is known of a run, from its events."""

    def __init__(self) -> None:
        self.incident = ""
        self.objective = ""
        self.hypotheses: list[tuple[str, str, float]] = []
        self.moves: list[MoveLine] = []
        self.outcome = ""

    def take(self, event: Event) -> MoveLine | None:
        """Update from one event; the move that is now over, if the event ended one."""
        data = event.data
        if event.type == "incident":
            self.incident = _incident(data)
        elif event.type == "plan":
            self.objective = _text(data.get("objective"))
            self.hypotheses = _hypotheses(data.get("hypotheses"))
        elif event.type == "proposal":
            self.moves.append(MoveLine(_move_id(data), _text(data.get("text"))))
        elif event.type == "verdict" and data.get("decision") not in (None, "allow"):
            return self._over(data, "stopped", _stopped(data))
        elif event.type == "observation":
            return self._over(data, *_observed(data))
        elif event.type == "conclusion":
            parts = (_text(data.get(key)) for key in ("verdict", "cause", "object"))
            self.outcome = " ".join(part for part in parts if part)
        return None

    def _over(self, data: Mapping[str, JsonValue], state: str, note: str) -> MoveLine | None:
        name = _move_id(data)
        for move in reversed(self.moves):
            if move.state == "running" and name in ("", move.name):
                move.state, move.note = state, note
                return move
        return None


class PlainProgress:
    """One line per move; nothing at all when quiet."""

    def __init__(self, out: IO[str], *, quiet: bool = False) -> None:
        self._out = out
        self._quiet = quiet
        self._state = State()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        move = self._state.take(event)
        if move is not None and not self._quiet:
            self._out.write(f"{move.name:<4} {move.text}  {move.note}".rstrip() + "\n")
            self._out.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class LiveView:
    """Incident, ranked hypotheses and moves, redrawn in place while the run works."""

    def __init__(self, console: Console) -> None:
        """`console` writes to stderr, which is a terminal."""
        from rich.live import Live

        self._state = State()
        self._started = time.monotonic()
        self._live = Live(
            console=console,
            get_renderable=self._draw,
            refresh_per_second=8,
            transient=True,  # the report says it all once the run is over
        )

    def __call__(self, event: Event) -> None:
        """Take one event."""
        self._state.take(event)
        self._live.refresh()

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def _draw(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        state = self._state
        taken = seconds(int((time.monotonic() - self._started) * 1000))
        rows = [Text.assemble(("magos ", "bold"), state.incident, (f"  {taken}", "dim"))]
        if state.objective:
            rows.append(Text.assemble("→ ", state.objective))
        for cause, object_, belief in state.hypotheses[:SHOWN_HYPOTHESES]:
            filled = round(max(0.0, min(1.0, belief)) * BELIEF_CELLS)
            bar = "█" * filled + "░" * (BELIEF_CELLS - filled)
            rows.append(Text.assemble("  ", (bar, "magenta"), f" {cause} ", (object_, "dim")))
        for move in state.moves[-SHOWN_MOVES:]:
            tick = (f"  {TICKS[move.state]} ", STYLES[move.state])
            # The note first: long commands are cut at the terminal's edge.
            note = (f"{move.note}  " if move.note else "", "dim")
            rows.append(Text.assemble(tick, note, move.text))
        if state.outcome:
            rows.append(Text(state.outcome, style="bold"))
        for row in rows:
            row.no_wrap, row.overflow = True, "ellipsis"
        return Group(*rows)


def progress(out: IO[str], *, quiet: bool, color: bool) -> Progress:
    """The view that suits `out` (stderr): live on a terminal, plain lines elsewhere."""
    if quiet or not out.isatty():
        return PlainProgress(out, quiet=quiet)
    from rich.console import Console

    return LiveView(Console(file=out, no_color=not color, highlight=False, markup=False))


def _incident(data: Mapping[str, JsonValue]) -> str:
    what = _text(data.get("alerts")) or _text(data.get("question")) or "looking the scope over"
    where = _text(data.get("namespaces")) or _text(data.get("namespace"))
    target = _text(data.get("target"))
    return shorten(" · ".join(part for part in (what, where, target) if part), 200)


def _hypotheses(value: JsonValue) -> list[tuple[str, str, float]]:
    found = []
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            share = _number(item.get("belief")) or 0.0
            found.append((_text(item.get("cause")), _text(item.get("object")), share))
    return sorted(found, key=lambda row: -row[2])


def _observed(data: Mapping[str, JsonValue]) -> tuple[str, str]:
    took = _number(data.get("duration_ms"))
    count = data.get("facts")
    number = len(count) if isinstance(count, list) else count
    code = data.get("exit_code")
    notes = [seconds(int(took))] if took is not None else []
    if isinstance(number, int):
        notes.append(f"{number} fact{'' if number == 1 else 's'}")
    if code not in (0, None):
        notes.append(f"exit {code}")
    return ("ok" if code == 0 else "failed"), ", ".join(notes)


def _stopped(data: Mapping[str, JsonValue]) -> str:
    parts = [_text(data.get("decision")), _text(data.get("reason")), _text(data.get("hint"))]
    return shorten(": ".join(part for part in parts if part), 120)


def _move_id(data: Mapping[str, JsonValue]) -> str:
    return _text(data.get("move") or data.get("id"))


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) and abs(value) < 1e15 else None


def _text(value: JsonValue) -> str:
    """Any JSON value as one clean line; objects by their usual names."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        if "text" in value:
            return _text(value["text"])
        parts = [value.get(key) for key in ("kind", "namespace", "name")]
        return "/".join(_text(part) for part in parts if part)
    return line(str(value))
