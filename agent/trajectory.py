"""Trajectory: the JSONL record of a run (`magos.trajectory/v1`), for replay and as training data.

Every record is one line, appended and flushed at once, so that a killed run keeps all it had
written. What the live view reads of `data` (more keys are welcome, absent ones are tolerated):

    incident     trigger, alerts[names], namespaces[], question, target
    plan         objective, hypotheses[{cause, object, belief}], runbook (whose step the objective is)
    proposal     move (id), kind, text, proposed_by, objective (id), reference (move), fallback (why the reference
                 move stands for the model's), model{style, prompt_version, template, prompt (hashes), grammar,
                 answer, stopped, tokens, reused_tokens, confidence, min_probability, masked_mass, seconds}
    verdict      move, decision, rung, reason, hint
    observation  move, exit_code, duration_ms, facts (ids or their number)
    conclusion   verdict, cause, object, confidence, summary
    end          verdict, stop_reason, error (what cut the run short)
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from tools.errors import UsageError

SCHEMA = "magos.trajectory/v1"
EventType = Literal[
    "incident",
    "plan",
    "proposal",
    "verdict",
    "observation",
    "fact",
    "conclusion",
    "remedy",
    "rehearsal",
    "approval",
    "apply",
    "verify",
    "end",
]
EVENT_TYPES: tuple[str, ...] = get_args(EventType)


class Event(BaseModel):
    """One record of a run."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    schema_id: Literal["magos.trajectory/v1"] = Field(default="magos.trajectory/v1", alias="schema")
    """Schema id, key `schema` in JSON."""
    run_id: str
    """The run it belongs to."""
    seq: int = Field(ge=1)
    """1, 2, 3, ... within the run; goes on after a resume."""
    ts: str
    """When it was written, RFC 3339, UTC, milliseconds."""
    type: EventType
    """What happened."""
    data: dict[str, JsonValue] = Field(default_factory=dict)
    """What the event says; its shape depends on `type`."""


class Trajectory:
    """Appends events to one file; may be written from several threads."""

    def __init__(
        self, path: Path, run_id: str, on_event: Callable[[Event], None] | None = None
    ) -> None:
        """Opens `path` for appending. A last line that a kill cut short is removed first."""
        self._run_id = run_id
        self._on_event = on_event
        self._lock = threading.Lock()
        self._seq = _mend(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._file: IO[bytes] = os.fdopen(descriptor, "ab")

    def write(self, type: EventType, data: Mapping[str, JsonValue]) -> Event:
        """Append one event, flush it, tell the listener. Raises ValueError for NaN and the like."""
        with self._lock:
            event = Event(
                run_id=self._run_id, seq=self._seq + 1, ts=_now(), type=type, data=dict(data)
            )
            line = json.dumps(
                event.model_dump(mode="json", by_alias=True), ensure_ascii=False, allow_nan=False
            )
            # Lone surrogates (argv that is no UTF-8) become "?" rather than end the run.
            self._file.write(line.encode("utf-8", "replace") + b"\n")
            self._file.flush()
            self._seq = event.seq
        if self._on_event is not None:
            self._on_event(event)
        return event

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(path: Path) -> list[Event]:
    """All events of a file, in order.

    A last line that a kill cut short is left out. Raises UsageError when the file is missing or
    another line is not an event of this schema.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read the trajectory {path}: {error.strerror}",
            "the run ended before it wrote one; `magos-agent runs` lists all runs",
        ) from error
    return list(_events(raw, path))


def _events(raw: bytes, path: Path) -> Iterator[Event]:
    lines = raw.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield Event.model_validate_json(line)
        except ValidationError as error:
            if number == len(lines):  # no newline behind it: the writer was killed in the middle
                return
            raise UsageError(
                f"{path}:{number} is not a {SCHEMA} record", "the file was changed after the run"
            ) from error


def _mend(path: Path) -> int:
    """The last seq in the file (0 when new); cuts off an unfinished last line."""
    if not path.exists():
        return 0
    raw = path.read_bytes()
    whole = raw[: raw.rfind(b"\n") + 1]
    if len(whole) < len(raw):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    seq = 0
    for event in _events(whole, path):
        seq = event.seq
    return seq


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
