"""RunFolder: one run on disk, with its request, report, trajectory, artefacts and checkpoint.

    <state dir>/runs/<run id>/          0700
        meta.json request.json report.json trajectory.jsonl checkpoint.sqlite lock
        artefacts/<move id>.txt         redacted output of each move

A run holds an exclusive lock on `lock` while it works, which the system drops when the process
dies. So a run whose status says running and whose lock is free was killed: it reads as interrupted.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.report import Report, VerdictName
from agent.request import Request
from agent.trajectory import Event, Trajectory, read
from tools.errors import MagosError, UsageError

RunStatus = Literal["running", "finished", "interrupted", "failed"]
MOVE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
ModelT = TypeVar("ModelT", bound=BaseModel)


SCRATCH = "scratch"
MASK_KEY = "mask.key"


class RunMeta(BaseModel):
    """What `magos-agent runs` shows of a run without opening its report."""

    model_config = ConfigDict(extra="forbid")

    run_id: str
    """Run id."""
    started_at: str
    """RFC 3339, UTC."""
    finished_at: str | None = None
    """RFC 3339, UTC; None while it runs and after a kill."""
    status: RunStatus = "running"
    """running, finished (has a report), interrupted (can be resumed) or failed (error)."""
    pid: int | None = None
    """Process that worked on it last."""
    target: str = ""
    """Context, or sim:SCENARIO@SEED."""
    server: str = ""
    """API server URL."""
    virtual_time: str | None = None
    """RFC 3339 clock of a simulated cluster at its start, for resume to rebuild it the same."""
    title: str = ""
    """Alert names, the question, or the scope, in one line."""
    verdict: VerdictName | None = None
    """Verdict of the report, when there is one."""
    cause: str | None = None
    """Root cause id."""
    object: str | None = None
    """Object that must change, as Kind/namespace/name."""
    duration_ms: int | None = None
    """Wall time of the investigation, milliseconds."""


class RunFolder:
    """One run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run_id = path.name
        self.checkpoint = path / "checkpoint.sqlite"
        self.trajectory_path = path / "trajectory.jsonl"

    @property
    def meta(self) -> RunMeta:
        """What is known of the run; a killed run reads as interrupted. May raise UsageError."""
        meta = self._load("meta.json", RunMeta)
        if meta.status == "running" and not self.is_locked():
            return meta.model_copy(update={"status": "interrupted"})
        return meta

    def update(self, **changes: object) -> RunMeta:
        """Change fields of meta.json (RunMeta's names); returns the new value."""
        old = self._load("meta.json", RunMeta)
        meta = RunMeta.model_validate({**old.model_dump(), **changes})
        self.store("meta.json", meta.model_dump_json(indent=2))
        return meta

    def request(self) -> Request:
        """The request the run was started with."""
        return self._load("request.json", Request)

    def report(self) -> Report:
        """The stored report. Raises UsageError when the run has none yet."""
        if not (self.path / "report.json").exists():
            raise UsageError(
                f"run {self.run_id} has no report (status: {self.meta.status})",
                f"finish it with: magos-agent resume {self.run_id}",
            )
        return self._load("report.json", Report)

    def save_report(self, report: Report) -> None:
        """Store the report and what `runs` shows; a partial report leaves the run resumable."""
        self.store("report.json", json.dumps(report.to_json(), indent=2, ensure_ascii=False))
        cause = report.root_cause
        outcome: RunStatus = {"interrupted": "interrupted", "error": "failed"}.get(  # type: ignore[assignment]
            report.stop_reason, "finished"
        )
        if outcome == "finished":
            (self.path / MASK_KEY).unlink(missing_ok=True)
        self.update(
            status=outcome,
            finished_at=report.finished_at,
            target=report.cluster.context,
            server=report.cluster.server,
            verdict=report.verdict,
            cause=cause.id if cause else None,
            object=str(cause.object) if cause else None,
            duration_ms=report.usage.wall_ms,
        )

    def save_artefact(self, move_id: str, text: str) -> str:
        """Store a move's redacted output; returns its path inside the run folder."""
        if not MOVE_ID.fullmatch(move_id):
            raise ValueError(f"not a move id: {move_id!r}")
        relative = f"artefacts/{move_id}.txt"
        self.store(relative, text)
        return relative

    def artefact(self, move_id: str) -> str:
        """A move's redacted output. Raises UsageError when there is none."""
        folder = self.path / "artefacts"
        known = sorted((f.stem for f in folder.glob("*.txt")), key=_natural)
        if move_id not in known:
            raise UsageError(
                f"run {self.run_id} has no output of move {move_id!r}",
                f"it has: {', '.join(known) or 'none'}",
            )
        # Bytes: reading as text would turn a carriage return into a line, and evidence counts lines.
        return (folder / f"{move_id}.txt").read_bytes().decode("utf-8")

    def trajectory(self, on_event: Callable[[Event], None] | None = None) -> Trajectory:
        """The run's trajectory, open for appending."""
        return Trajectory(self.trajectory_path, self.run_id, on_event)

    def events(self) -> list[Event]:
        """What the trajectory holds."""
        return read(self.trajectory_path)

    def is_locked(self) -> bool:
        """Whether a living process works on this run."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    @contextmanager
    def working(self) -> Iterator[None]:
        """Hold the run's lock, mark it running. Raises UsageError when another process has it."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid = self._load("meta.json", RunMeta).pid
                raise UsageError(
                    f"run {self.run_id} is still being worked on by process {pid}",
                    "wait for it, or stop that process first",
                ) from None
            self.update(status="running", pid=os.getpid(), finished_at=None)
            try:
                yield
            except MagosError:
                self.update(status="failed")
                raise
        finally:
            os.close(descriptor)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A private folder for credentials and kubectl's cache, removed at the end.

        It lies in the run's folder, so that what a killed run left is removed when it is resumed.
        """
        folder = self.path / SCRATCH
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        """Remove the whole folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def mask_key(self) -> bytes:
        """The key of the run's redaction masks: the same after a resume, gone when the run is finished."""
        path = self.path / MASK_KEY
        if not path.exists():
            self.store(MASK_KEY, secrets.token_hex(16))
        return bytes.fromhex(path.read_text(encoding="ascii"))

    def _load(self, name: str, model: type[ModelT]) -> ModelT:
        path = self.path / name
        try:
            return model.model_validate_json(path.read_bytes())
        except FileNotFoundError as error:
            raise UsageError(
                f"run {self.run_id} is incomplete: {name} is missing",
                f"it was killed while it started; remove {self.path}",
            ) from error
        except ValidationError as error:
            raise UsageError(
                f"{path} cannot be read: {error.error_count()} fields are wrong",
                "it was changed, or written by another version of magos-agent",
            ) from error

    def store(self, name: str, text: str) -> None:
        """Write whole or not at all: a kill never leaves half a file behind."""
        path = self.path / name
        draft = path.with_name(f".{path.name}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        draft.replace(path)


def _natural(text: str) -> list[Any]:
    """Sort key that puts m2 before m10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]
