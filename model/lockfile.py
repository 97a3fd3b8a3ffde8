"""LockFile: which commit and content every pulled file had, so that no later one takes its place.

The first pull of a file trusts the hub and writes down the commit and the SHA-256 it told; the
content is checked against it then and ever after. See docs/models.md.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.errors import ModelFileError


class FileKey(NamedTuple):
    """What is pinned: a file of a revision of a repository."""

    repository: str
    revision: str
    file: str


class Pin(BaseModel):
    """One file, as it was when it was pulled first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repository: str
    revision: str
    file: str
    commit: str = Field(pattern=r"^[0-9A-Za-z]+$")
    """Commit that the revision stood for."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    """Bytes."""
    pinned_at: str
    """RFC 3339, UTC."""
    mtime_ns: int = 0
    """Modification time of the file when its content was checked last; a quick look compares it."""

    @property
    def key(self) -> FileKey:
        """What this pin is for."""
        return FileKey(self.repository, self.revision, self.file)


class Pins(BaseModel):
    """The content of the lock file."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["magos.modellock/v1"] = Field(default="magos.modellock/v1", alias="schema")
    files: list[Pin] = []


class LockFile:
    """See the module docstring. A broken one is refused, never taken for an empty one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def pins(self) -> list[Pin]:
        """All pins, in order of file and revision. Raises ModelFileError."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise self._broken(f"cannot be read: {error}") from error
        try:
            found = Pins.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise self._broken(f"{where}: {first['msg']}" if where else first["msg"]) from None
        return sorted(found.files, key=lambda pin: (pin.repository, pin.file, pin.revision))

    def get(self, key: FileKey) -> Pin | None:
        """The pin of a file. Raises ModelFileError."""
        return next((pin for pin in self.pins() if pin.key == key), None)

    def put(self, pin: Pin) -> None:
        """Add or replace a pin; readers see the old file or the new one. Raises ModelFileError."""
        with self._alone():
            rest = [item for item in self.pins() if item.key != pin.key]
            text = Pins(files=[*rest, pin]).model_dump_json(indent=2, by_alias=True) + "\n"
            scratch = self.path.with_name(f"{self.path.name}.new")
            try:
                with scratch.open("w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                scratch.replace(self.path)
            except OSError as error:
                raise self._unwritable(error) from error

    def check_writable(self) -> None:
        """Raises ModelFileError when a pin could not be written; better before a long download."""
        with self._alone():
            self.pins()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self.path.with_name(f"{self.path.name}.lck").open("a")
        except OSError as error:
            raise self._unwritable(error) from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _broken(self, why: str) -> ModelFileError:
        hint = "restore it, or remove it to pin what the hub has at the next pull"
        return ModelFileError(f"lock file {self.path}: {why}", hint, reason="bad-lock")

    def _unwritable(self, error: OSError) -> ModelFileError:
        hint = "set MAGOS_STATE_DIR to a folder that you may write to"
        return ModelFileError(f"lock file {self.path}: {error.strerror}", hint, reason="unwritable")
