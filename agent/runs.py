"""RunStore: all runs of one state directory, made, listed and found by id."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from agent.request import Request
from agent.runfolder import SCRATCH, RunFolder, RunMeta
from tools.errors import UsageError

__all__ = ["RunFolder", "RunMeta", "RunStore"]

ID_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters of the random part of a run id: those that nobody confuses when reading aloud."""
RUN_ID = re.compile(r"\d{8}-\d{6}-[a-z0-9]{4}")


class RunStore:
    """All runs of one state directory."""

    def __init__(self, state_dir: Path) -> None:
        """Nothing is created until the first run."""
        self.folder = state_dir / "runs"

    def sweep(self) -> None:
        """Remove the credentials that killed runs left behind."""
        for scratch in self.folder.glob(f"*/{SCRATCH}"):
            if not RunFolder(scratch.parent).is_locked():
                shutil.rmtree(scratch, ignore_errors=True)

    def create(self, request: Request, *, title: str = "") -> RunFolder:
        """A new run folder with the request. Raises UsageError when it cannot be written."""
        now = datetime.now(UTC)
        self.sweep()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            run = RunFolder(self.folder / _new_id(now))
            run.path.mkdir(mode=0o700)
            (run.path / "artefacts").mkdir(mode=0o700)
        except OSError as error:
            raise UsageError(
                f"cannot create a run folder in {self.folder}: {error.strerror}",
                "set MAGOS_STATE_DIR to a folder that you may write to",
            ) from error
        started = now.isoformat(timespec="seconds").replace("+00:00", "Z")
        meta = RunMeta(
            run_id=run.run_id,
            started_at=started,
            pid=os.getpid(),
            title=title,
            target=request.cluster or request.context or "",
        )
        run.store("request.json", request.model_dump_json(indent=2))
        run.store("meta.json", meta.model_dump_json(indent=2))
        return run

    def ids(self) -> list[str]:
        """Run ids, newest first."""
        if not self.folder.is_dir():
            return []
        return sorted(
            (p.name for p in self.folder.iterdir() if RUN_ID.fullmatch(p.name)), reverse=True
        )

    def open(self, name: str) -> RunFolder:
        """A run by id, unique prefix or ending (`k7q2`), or `latest`. Raises UsageError otherwise."""
        known = self.ids()
        if not known:
            raise UsageError(f"there are no runs in {self.folder}", "start one: magos-agent demo")
        if name == "latest":
            return RunFolder(self.folder / known[0])
        found = [i for i in known if name and (i.startswith(name) or i.endswith(f"-{name}"))]
        if len(found) == 1:
            return RunFolder(self.folder / found[0])
        if found:
            raise UsageError(
                f"{name!r} fits {len(found)} runs", f"for example: {', '.join(found[:4])}"
            )
        raise UsageError(f"there is no run {name!r}", f"newest runs: {', '.join(known[:4])}")

    def list(self) -> Iterator[RunMeta]:
        """What is known of every run, newest first; folders of killed starts are left out."""
        for run_id in self.ids():
            try:
                yield RunFolder(self.folder / run_id).meta
            except UsageError:
                continue


def _new_id(now: datetime) -> str:
    tail = "".join(secrets.choice(ID_LETTERS) for _ in range(4))
    return f"{now:%Y%m%d-%H%M%S}-{tail}"
